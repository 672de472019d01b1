// `bonafide feedback`: a person's word about a message, counted for those who sent it. Meant to be called by the mail store when somebody
// moves a message into the junk folder or out of it (docs/dovecot.md has the recipe).
#include "cli/feedback.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/ledger_file.hpp"
#include "cli/plain_file.hpp"
#include "cli/table.hpp"
#include "cli/trace.hpp"
#include "verdict/json_text.hpp"

#include <boost/json.hpp>
#include <ctime>
#include <fmt/format.h>
#include <ostream>
#include <sys/stat.h>

namespace bonafide::cli {
namespace {

namespace json = boost::json;
using io::store::Database;
using io::store::Found;
using Effect = Database::FeedbackEffect;

constexpr std::size_t most_candidates = 100; // messages of one Message-ID that are looked at

std::string_view to_text(Effect effect) {
    switch (effect) {
    case Effect::counted: return "counted";
    case Effect::changed: return "changed";
    case Effect::already_counted: return "already counted";
    case Effect::limit: return "not counted";
    }
    return "not counted";
}

std::string why(Effect effect, const std::string& by) {
    const Database::FeedbackLimits limits;
    switch (effect) {
    case Effect::counted: return "it weighs on the history of who sent it";
    case Effect::changed: return fmt::format("what {} said before is taken back", by);
    case Effect::already_counted: return "a person's word counts once";
    case Effect::limit:
        return fmt::format("{} has spoken of {} messages today, or of {} of this sender: the rest of the day does not "
                           "count",
                           by, limits.per_person_and_day, limits.per_history_and_person);
    }
    return {};
}

/// Where no file of that name is there, or but a folder, an id is meant.
bool is_file(const std::string& text) {
    struct stat about{};
    return text == "-" || (::stat(text.c_str(), &about) == 0 && !S_ISDIR(about.st_mode));
}

Expected<std::shared_ptr<MessageFile>> open_message(const std::string& file, Console& console) {
    if (file == "-") return MessageFile::of_stream(console.in);
    if (auto plain = check_plain_file(file); !plain) return std::unexpected(plain.error());
    return MessageFile::open(file);
}

/// The id was stamped by us, so it comes first. The author is compared all the same: anybody can write such a field into a file.
Expected<std::vector<Found>> find_candidates(Database& ledger, const feedback::Letterhead& letterhead) {
    if (!letterhead.bonafide_id.empty()) {
        const auto one = ledger.message(letterhead.bonafide_id);
        if (!one) return std::unexpected(one.error());
        if (*one && (*one)->message.author_domain == letterhead.author_domain) return std::vector<Found>{**one};
    }
    if (letterhead.message_id.empty()) return std::vector<Found>{};
    return trace::find(ledger, letterhead.message_id, {.most = most_candidates});
}

/// Error texts complete "MESSAGE ...".
Expected<Found> find_by_file(Database& ledger, const std::string& file, Console& console) {
    const auto opened = open_message(file, console);
    if (!opened) return std::unexpected(opened.error());
    const auto letterhead = feedback::read_letterhead(MessageContent{*opened});
    if (!letterhead) return std::unexpected(letterhead.error());
    if (letterhead->message_id.empty() && letterhead->bonafide_id.empty())
        return failure("has neither an X-Bonafide-Id nor a Message-ID by which it could be found");
    auto found = find_candidates(ledger, *letterhead);
    if (!found) return std::unexpected(found.error());
    return feedback::choose(*std::move(found), *letterhead);
}

Expected<Found> find_by_id(Database& ledger, const std::string& id) {
    auto one = ledger.message(id);
    if (!one) return std::unexpected(one.error());
    if (*one) return **std::move(one);
    auto found = trace::find(ledger, id, {.most = most_candidates});
    if (!found) return std::unexpected(found.error());
    return feedback::choose(std::move(*found), {});
}

void print(const Found& found, Effect effect, const Arguments& arguments, Console& console) {
    const std::string by = acting_person(arguments);
    const std::string_view said = arguments.has("spam") ? "spam" : "ham";
    if (arguments.has("json")) {
        console.out << json::serialize(json::object{{"id", verdict::utf8(found.message.id)},
                                                    {"author_domain", verdict::utf8(found.message.author_domain)},
                                                    {"by", verdict::utf8(by)},
                                                    {"said", said},
                                                    {"effect", to_text(effect)},
                                                    {"why", verdict::utf8(why(effect, by))}})
                    << '\n';
        return;
    }
    console.out << fmt::format("{}: {} of {} is {} to {}: {}\n", to_text(effect), escape::line(found.message.id),
                               escape::line(found.message.author_domain), said, by, why(effect, by));
}

Outcome run_feedback(const Arguments& arguments, Console& console) {
    if (!arguments.has("spam") && !arguments.has("ham")) return wrong_usage("say --spam or --ham");
    const std::string message = *arguments.text("MESSAGE");
    auto ledger = open_ledger(arguments, Database::Mode::existing);
    if (!ledger) return std::unexpected(ledger.error());
    const auto found = is_file(message) ? find_by_file(*ledger, message, console) : find_by_id(*ledger, message);
    if (!found)
        return cannot(fmt::format("{}: {}{}", escape::line(message), found.error().text,
                                  is_file(message) ? "" : "; there is no file of that name either"));
    const auto settings = ledger_settings(arguments);
    if (!settings) return std::unexpected(settings.error()); // it may say that no name is to be kept
    const Database::FeedbackLimits limits{.history_days = (*settings)->limits.history_days};
    const std::string by = feedback::kept_name(ascii::lower(acting_person(arguments)), *found,
                                               (*settings)->ledger.addresses, ledger->secret());
    const auto effect = ledger->feedback(found->message.id, by, arguments.has("spam"), std::time(nullptr), limits);
    if (!effect) return cannot(fmt::format("{}: {}", escape::line(found->message.id), effect.error().text));
    print(*found, *effect, arguments, console);
    return exit_code::done;
}

} // namespace

Command feedback_command() {
    return {.name = "feedback",
            .summary = "Say that a message was spam, or was wanted",
            .description =
                "Corrects the history of who sent the message: its author, the infrastructure, their pair. A person's "
                "word counts once for a message, and for a bounded number of messages a day, so that nobody can make "
                "or break a sender alone; saying the other takes the first word back. The message is given as it was "
                "delivered, where X-Bonafide-Id says which it is, or by its queue id, Message-ID or id in the ledger. "
                "Where several may be meant they are named, and nothing counts. In a ledger with hashed addresses the "
                "person's name is hashed too.",
            .examples = {{"feedback --spam - --by ann@ours.example", "The message on standard input is spam to Ann"},
                         {"feedback --ham 4XyZ1b2c3d", "By its queue id"}},
            .positionals = {{.name = "MESSAGE",
                             .help = "a file with the message (- is standard input), or one of its ids"}},
            .options = with_ledger_options({{.name = "spam", .help = "it was spam", .excludes = {"ham"}},
                                            {.name = "ham", .help = "it was wanted"},
                                            by_option(),
                                            json_option()}),
            .run = run_feedback};
}

} // namespace bonafide::cli
