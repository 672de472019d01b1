// The rows of failure.*: what becomes of mail when something of ours fails.
#include "engine/settings_rows.hpp"
#include "policy/failure.hpp"

namespace bonafide::engine {
namespace {

const std::vector<std::string_view> ways{"accept", "tempfail"};
constexpr std::string_view as_the_server = "server";

Expected<void> check_listener(std::string_view entry) { return policy::FailurePolicy().add(entry); }

} // namespace

void add_failure(std::vector<Setting>& rows) {
    const auto row = [&](std::string_view name, ChoiceMember access, std::string_view help) {
        rows.push_back(
            {.name = std::string(name), .kind = Kind::choice, .access = std::move(access), .help = std::string(help)});
    };
    row("failure.internal", preset_or<+[](Settings& s) -> auto& { return s.failure.internal; }>(ways, as_the_server),
        "What a message gets on an error of Bonafide's own: server as server.on_failure says, accept lets it pass with "
        "X-Bonafide-Unchecked: internal, tempfail has the sender try again later.");
    row("failure.dns", preset_or<+[](Settings& s) -> auto& { return s.failure.dns; }>(ways, as_the_server),
        "Likewise when our own DNS servers answer nothing at all.");
    row("failure.temperror", preset_or<+[](Settings& s) -> auto& { return s.failure.temperror; }>(ways, as_the_server),
        "What a message gets whose SPF or DMARC ends in temperror, since the DNS servers of the sender's domain do not "
        "answer: accept stamps temperror, tempfail answers 451 4.4.3 (RFC 7208 8.6).");
    row("failure.store", preset_or<+[](Settings& s) -> auto& { return s.failure.store; }>(ways, as_the_server),
        "What a message gets whose past the ledger does not give in time (ledger.read_timeout); accept judges it "
        "without and says X-Bonafide-Unchecked: store.");
    row("failure.overload", preset_or<+[](Settings& s) -> auto& { return s.failure.overload; }>(ways, as_the_server),
        "What a message gets when more are under way than limits.messages_at_once: accept lets it pass unverified with "
        "X-Bonafide-Unchecked: overload, tempfail answers 451 4.3.2 at MAIL.");
    rows.push_back({.name = "failure.listeners",
                    .kind = Kind::texts,
                    .access = at<std::vector<std::string>>([](Settings& s) -> auto& { return s.failure.listeners; }),
                    .range = {0, 64},
                    .help = "What holds on one listener, before all of the above: \"inet:127.0.0.1:8899 dns "
                            "tempfail\"; * in place of the class means all.",
                    .check = check_listener});
}

} // namespace bonafide::engine
