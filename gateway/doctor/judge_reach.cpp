#include "gateway/doctor/judgements.hpp"

#include <array>
#include <string_view>

namespace sluice::gateway::doctor {

namespace {

using upstream::transfer_error;

std::string no_answer(const reply& answer) {
    switch (answer.error) {
        case transfer_error::resolve:
            return answer.problem + ": is the name spelt right, and known to this machine's DNS?";
        case transfer_error::connect:
            return answer.problem + ": does something listen there, and do firewalls let it pass?";
        case transfer_error::connect_timeout:
            return answer.problem + ": a firewall drops what is sent, or the address is wrong";
        case transfer_error::tls:
            if (answer.problem.find("wrong version number") != std::string::npos)
                return answer.problem + ": it does not speak TLS; is it http:// there?";
            return answer.problem +
                   ": --ca-file names who signed the certificate, where the system does not know";
        case transfer_error::broken:
            return answer.problem + ": is it http where https is written, or the other way round?";
        case transfer_error::none:
        case transfer_error::internal:
            break;
    }
    if (answer.late) return "it was reached, and did not answer GET v1/models in time";
    return answer.problem;
}

bool is_page(const reply& answer) {
    return field(answer, "content-type").starts_with("text/html");
}

std::string described(int status) {
    switch (status) {
        case 301:
        case 302:
        case 303:
        case 307:
        case 308:
            return "a redirect";
        case 401:
            return "a key is required";
        case 403:
            return "it is forbidden";
        case 404:
            return "there is no such thing";
        case 421:
            return "it does not answer for this host: server.hosts lists those that it answers for";
        case 429:
            return "the key has no more requests left: try again later";
        case 502:
        case 503:
        case 504:
            return "somebody on the way cannot reach the gateway, or it is draining";
        default:
            break;
    }
    return status >= 500 ? "an error" : "not what a gateway says";
}

/// Where a redirect leads to, without what was asked for there.
std::string address_in(std::string location) {
    constexpr std::string_view asked = "v1/models";
    if (location.ends_with(asked)) location.resize(location.size() - asked.size());
    return location;
}

std::string wrong_status(const facts& found) {
    const reply& answer = found.models;
    std::string says = "GET v1/models answered " + std::to_string(answer.status) + ": ";
    says += described(answer.status);
    if (answer.status / 100 == 3) {
        const auto where = address_in(field(answer, "location"));
        return says + (where.empty() ? "" : " to " + where) + "; give that address instead";
    }
    if (answer.status == 401 || answer.status == 403) {
        if (is_page(answer)) return says + "; the page is another's than the gateway's: a login?";
        return says + (found.key_shown ? "; the key that was shown is not known there"
                                       : "; --key-env NAME shows the key that NAME holds");
    }
    if (answer.status == 400 && !found.tls) return says + "; is it https:// there?";
    if (answer.status == 404)
        return says +
               "; is the gateway mounted under a path? Then the URL has to end in it. An "
               "address of operators (server.admin) serves no models: give the public one";
    return says;
}

std::string not_a_list(const reply& answer) {
    if (is_page(answer))
        return "GET v1/models answered a web page: some other program, or a login, answers there";
    return "GET v1/models answered something else than a list of models: no gateway of this kind";
}

void judge_connection(const facts& found, findings& into) {
    const reply& answer = found.models;
    finding http{level::ok, "http", {}, {}};
    if (found.tls && answer.http2) {
        http.says = "HTTP/2 over TLS";
    } else if (found.tls) {
        http.how = level::warn;
        http.says =
            "HTTP/1.1 over TLS: a browser opens six connections to a host at most, and each "
            "stream keeps one";
        http.what = trouble::http2;
    } else if (found.loopback) {
        http.says = "HTTP/1.1 without TLS, on this machine";
    } else {
        http.how = level::warn;
        http.says =
            "HTTP/1.1 without TLS: keys and prompts can be read on the way, and browsers "
            "speak HTTP/2 over TLS only";
    }
    into.push_back(std::move(http));
}

std::string marks_of(const reply& answer) {
    std::string marks;
    for (const auto* name : {"server", "via", "cf-ray", "x-amz-cf-id", "x-cache", "x-azure-ref"}) {
        const auto value = field(answer, name);
        if (value.empty()) continue;
        marks.append(marks.empty() ? " (" : ", ").append(name).append(": ").append(value);
    }
    return marks.empty() ? marks : marks + ")";
}

void judge_way(const facts& found, const std::vector<proxy>& proxies, findings& into) {
    std::string who;
    for (const proxy each : proxies)
        who.append(who.empty() ? "" : ", ").append(to_string(each));
    if (who.empty()) who = "nobody on it gives a name";
    into.push_back({level::ok, "way", who + marks_of(found.models), {}});
}

}  // namespace

void judge_reach(const facts& found, const std::vector<proxy>& proxies, findings& into) {
    const reply& answer = found.models;
    finding reach{level::fail, "gateway", {}, {}};
    if (answer.status == 0) {
        reach.says = no_answer(answer);
    } else if (answer.status != 200) {
        reach.says = wrong_status(found);
        if (answer.status >= 502 && answer.status <= 530) reach.what = trouble::unreachable;
    } else if (!found.is_gateway) {
        reach.says = not_a_list(answer);
    } else {
        reach.how = level::ok;
        const auto version = found.version.empty() ? "" : " " + found.version;
        reach.says = "Sluice" + version + " answers in " + shown_ms(answer.head_ms);
    }
    const bool there = reach.how == level::ok;
    into.push_back(std::move(reach));
    if (answer.status != 0) judge_way(found, proxies, into);
    if (there) judge_connection(found, into);
}

}  // namespace sluice::gateway::doctor
