#include "gateway/config/log_words.hpp"
#include "gateway/config/scalars.hpp"
#include "gateway/config/tables.hpp"
#include "gateway/config/values.hpp"

namespace sluice::gateway {

namespace {

using namespace std::chrono_literals;

void check_streams(const node& map, stream_settings& streams, problems& problems) {
    const auto at = [&](std::string_view key) {
        const node* const written = map.find(key);
        return written != nullptr ? written->at : map.at;
    };
    if (streams.backlog > streams.journal) {
        problems.add(
            at("backlog"),
            "'backlog' (" + format_size(streams.backlog) + ") must not be larger than 'journal' (" +
                format_size(streams.journal) + ")"
        );
    }
    if (streams.journal > streams.worker_journal) {
        problems.add(
            at("journal"),
            "'journal' (" + format_size(streams.journal) +
                ") must not be larger than 'worker_journal' (" +
                format_size(streams.worker_journal) + ")"
        );
    }
}

}  // namespace

const section<model_route>& model_table() {
    static const section<model_route> table{
        {},
        {make_field<model_route>(
             "name",
             "What clients ask for; a '*' at its end matches any rest.",
             &model_route::name,
             text_value{check_route_name, "^[^* ]*\\*?$", text_value::use::name},
             true
         ),
         targets_field(),
         make_field<model_route>(
             "policy",
             "Clocks and conduct of the route's streams, and what becomes of failures.",
             &model_route::policy,
             object_value<route_policy>{&policy_table()}
         ),
         make_field<model_route>(
             "limits",
             "What all clients together may use of it at most.",
             &model_route::limits,
             object_value<usage_limits>{&usage_limits_table()}
         )},
        {},
        check_stars};
    return table;
}

const section<stream_settings>& stream_table() {
    const size_value size{1U << 10, std::uint64_t{64} << 30};
    static const section<stream_settings> table{
        {},
        {make_field<stream_settings>(
             "backlog",
             "What the fastest reader may be behind before the provider is made to wait.",
             &stream_settings::backlog,
             size
         ),
         make_field<stream_settings>(
             "journal",
             "What one stream keeps for readers that come back.",
             &stream_settings::journal,
             size
         ),
         make_field<stream_settings>(
             "worker_journal",
             "What all streams of one worker keep together.",
             &stream_settings::worker_journal,
             size
         ),
         make_field<stream_settings>(
             "retention",
             "How long a finished stream can be read again.",
             &stream_settings::retention,
             duration_value{0ms, 24h}
         ),
         make_field<stream_settings>(
             "grace",
             "How long a stream without readers goes on, where its policy is 'grace'.",
             &stream_settings::grace,
             duration_value{0ms, 24h}
         ),
         make_field<stream_settings>(
             "write_stall",
             "A reader that takes nothing for so long is dropped.",
             &stream_settings::write_stall,
             duration_value{1ms, 24h}
         ),
         make_field<stream_settings>(
             "attach",
             "Who may read a stream: whoever knows its id, or only the key that began it.",
             &stream_settings::attach,
             choice_value<attach_rule>{{{"id", attach_rule::id}, {"key", attach_rule::key}}}
         ),
         make_field<stream_settings>(
             "url_secret",
             "Signs URLs that let browsers read and stop a stream without a key; without it, "
             "signed "
             "URLs end with the process.",
             &stream_settings::url_secret,
             text_value{check_url_secret, "^.{16,}$|\\$\\{", text_value::use::secret}
         ),
         make_field<stream_settings>(
             "url_lifetime",
             "How long a signed URL is good.",
             &stream_settings::url_lifetime,
             duration_value{1s, 24h}
         )},
        {},
        check_streams};
    return table;
}

const section<log_settings>& log_table() {
    const choice_value<log_level> level{{log_levels.begin(), log_levels.end()}};
    const choice_value<log_format> format{
        {{"auto", log_format::automatic}, {"text", log_format::text}, {"json", log_format::json}}};
    static const section<log_settings> table{
        {},
        {make_field<log_settings>(
             "level", "The least important that is logged.", &log_settings::level, level
         ),
         make_field<log_settings>(
             "format", "'auto' is text on a terminal, else JSON.", &log_settings::format, format
         ),
         make_field<log_settings>(
             "content",
             "Whether the log bears prompts and answers.",
             &log_settings::content,
             flag_value{}
         )}};
    return table;
}

}  // namespace sluice::gateway
