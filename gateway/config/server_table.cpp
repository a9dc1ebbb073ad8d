#include "gateway/config/listen.hpp"
#include "gateway/config/tables.hpp"
#include "gateway/config/values.hpp"

namespace sluice::gateway {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kib = 1U << 10;
constexpr std::uint64_t mib = 1U << 20;
constexpr std::uint64_t gib = 1U << 30;

struct listen_value {
    std::optional<listen_address> read(const node& value, problems& problems) const {
        constexpr std::string_view wanted = "an address such as 127.0.0.1:8080 or \"[::1]:8080\"";
        const auto text = read_text(value, wanted, problems);
        if (!text) return std::nullopt;
        auto address = parse_listen_address(*text);
        if (!address) {
            problems.add(
                value.at,
                subject(value) + " must be " + std::string(wanted) + ", not " +
                    in_quotes(value.text)
            );
        }
        return address;
    }
    json schema() const { return {{"type", "string"}, {"pattern", ":[0-9]{1,5}$|\\$\\{"}}; }
    json write(const listen_address& address) const { return to_string(address); }
};

using text_list = list_value<text_value, std::string>;

const section<tls_settings>& tls_table() {
    const text_value path{};
    static const section<tls_settings> table{
        {},
        {make_field<tls_settings>(
             "certificate",
             "Path of the certificate chain, PEM.",
             &tls_settings::certificate,
             path,
             true
         ),
         make_field<tls_settings>(
             "private_key", "Path of the private key, PEM.", &tls_settings::private_key, path, true
         )}};
    return table;
}

const section<server_settings>& cors_table() {
    const text_list origins{{check_origin, "^(\\*|https?://[^/?#@\\s]+)$"}, 0, 1000};
    static const section<server_settings> table{
        {},
        {make_field<server_settings>(
            "origins",
            "Web origins whose pages may call the gateway, such as https://chat.example.com; '*' "
            "for all.",
            &server_settings::cors_origins,
            origins
        )}};
    return table;
}

const section<server_settings>& limits_table() {
    static const section<server_settings> table{
        {},
        {make_field<server_settings>(
             "body",
             "Largest request body.",
             &server_settings::body_bytes_max,
             size_value{1 * kib, 1 * gib}
         ),
         make_field<server_settings>(
             "header",
             "Largest request head.",
             &server_settings::header_bytes_max,
             size_value{256, 1024 * kib}
         ),
         make_field<server_settings>(
             "connections",
             "Most client connections at once.",
             &server_settings::connections_max,
             integer_value{1, 1'000'000}
         ),
         make_field<server_settings>(
             "streams",
             "Most generations at once; without it, as many as connections.",
             &server_settings::streams_max,
             integer_value{1, 1'000'000}
         ),
         make_field<server_settings>(
             "memory",
             "Memory that the process may have; without it, what its machine or container has.",
             &server_settings::memory_max,
             size_value{64 * mib, 1024 * gib}
         )}};
    return table;
}

/// The mistake is shown where the operators' address stands, whichever was meant for clients.
void check_admin(const node& map, server_settings& server, problems& problems) {
    const node* const written = map.find("admin");
    // Entries that were refused are not among those read.
    if (written == nullptr || written->children.size() != server.admin.size()) return;
    for (std::size_t i = 0; i < server.admin.size(); ++i) {
        if (!is_taken(server.admin[i], server.listen)) continue;
        const node& entry = written->children[i];
        problems.add(
            entry.at,
            subject(entry) + " is an address of 'listen', too: operators need one of their own"
        );
    }
}

std::vector<field<server_settings>> address_fields() {
    const text_value host{check_host_name, "^[A-Za-z0-9._-]+$"};
    return {
        make_field<server_settings>(
            "listen",
            "Addresses to listen on; port 0 takes a free one.",
            &server_settings::listen,
            list_value<listen_value, listen_address>{{}, 1, 64}
        ),
        make_field<server_settings>(
            "admin",
            "Addresses of their own for what operators ask for; it is answered nowhere else then.",
            &server_settings::admin,
            list_value<listen_value, listen_address>{{}, 1, 64}
        ),
        make_field<server_settings>(
            "workers",
            "Worker threads; 0 is one per core that the process may use.",
            &server_settings::workers,
            integer_value{0, 1024}
        ),
        make_field<server_settings>(
            "tls", "Serve HTTPS.", &server_settings::tls, object_value<tls_settings>{&tls_table()}
        ),
        make_field<server_settings>(
            "hosts",
            "Names that clients may call this gateway by, besides localhost and addresses.",
            &server_settings::hosts,
            text_list{host, 0, 1000}
        ),
        make_group<server_settings>("cors", "Calls from web pages of other origins.", cors_table()),
        make_field<server_settings>(
            "default_model",
            "The model of requests that name none; without it, the first of the list.",
            &server_settings::default_model,
            text_value{check_model_name, "^[^* ]+$", text_value::use::name}
        ),
        make_group<server_settings>("limits", "Bounds of what clients may send.", limits_table()),
    };
}

std::vector<field<server_settings>> clock_fields() {
    return {
        make_field<server_settings>(
            "session",
            "How long a page stays signed in with a key.",
            &server_settings::session,
            duration_value{1min, 720h}
        ),
        make_field<server_settings>(
            "idle",
            "How long a connection is kept between requests.",
            &server_settings::idle,
            duration_value{1ms, 24h}
        ),
        make_field<server_settings>(
            "heartbeat",
            "Silence after which a stream carries a comment, so that nobody on the way hangs up.",
            &server_settings::heartbeat,
            duration_value{10ms, 1h}
        ),
        make_field<server_settings>(
            "commit_after",
            "How long the status line waits for the provider's own status; 'never' waits for the "
            "first token.",
            &server_settings::commit_after,
            optional_duration_value{{0ms, 1h}, "never"}
        ),
        make_field<server_settings>(
            "drain",
            "How long streams may run on once the gateway was told to stop.",
            &server_settings::drain,
            duration_value{0ms, 24h}
        ),
        make_field<server_settings>(
            "close_after_stream",
            "Close the connection after each stream.",
            &server_settings::close_after_stream,
            flag_value{}
        ),
    };
}

}  // namespace

const section<server_settings>& server_table() {
    static const section<server_settings> table = [] {
        section<server_settings> made{{}, address_fields(), {}, check_admin};
        for (auto& field : clock_fields())
            made.fields.push_back(std::move(field));
        return made;
    }();
    return table;
}

}  // namespace sluice::gateway
