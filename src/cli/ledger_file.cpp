#include "cli/ledger_file.hpp"

#include "base/escape.hpp"
#include "cli/config.hpp"
#include "engine/ledger_path.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>
#include <utility>

namespace bonafide::cli {
namespace {

/// The login name behind a user id, or "uid 1000" where the system knows none.
std::string name_of(uid_t user) {
    constexpr std::size_t enough = 16384; // sysconf(_SC_GETPW_R_SIZE_MAX) is a tenth of it
    std::vector<char> texts(enough);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(user, &entry, texts.data(), texts.size(), &found) != 0 || found == nullptr)
        return fmt::format("uid {}", user);
    return entry.pw_name;
}

std::string shown(const std::string& file) { return escape::line(file); }

} // namespace

std::vector<Option> with_ledger_options(std::vector<Option> own) {
    own.push_back(
        {.name = "ledger", .value = "FILE", .help = "the ledger, in place of the one that the configuration names"});
    own.push_back({.name = "config",
                   .value = "FILE",
                   .help = "configuration whose ledger.path is meant",
                   .fallback = config::default_file});
    return own;
}

Option by_option() {
    return {.name = "by",
            .value = "NAME",
            .help = "who does this, for the audit",
            .fallback = "who called sudo, else the user this runs as"};
}

std::expected<std::shared_ptr<const engine::Settings>, Failure> ledger_settings(const Arguments& arguments) {
    const auto file = config::find_file(arguments.text("config"));
    if (!file) return std::make_shared<const engine::Settings>();
    auto document = config::load(*file);
    if (!document) return cannot(config::to_text(*file, document.error()));
    return std::make_shared<const engine::Settings>(std::move(document->settings));
}

std::expected<std::string, Failure> ledger_path(const Arguments& arguments) {
    if (auto given = arguments.text("ledger")) {
        if (given->empty()) return wrong_usage("--ledger: is empty");
        return *std::move(given);
    }
    const auto settings = ledger_settings(arguments);
    if (!settings) return std::unexpected(settings.error());
    if (std::string file = engine::ledger_file(**settings); !file.empty()) return file;
    if (!(*settings)->ledger.path.empty())
        return cannot(
            fmt::format("there is no ledger: ledger.path is \"auto\", which is a file in {0}, and that folder is "
                        "not there, so the daemon's histories live in memory; make the folder for the "
                        "daemon's user and restart it (install -d -o bonafide -g bonafide -m 750 {0}), or "
                        "give --ledger FILE or --config FILE",
                        engine::auto_ledger_folder));
    const std::string config = config::find_file(arguments.text("config")).value_or(std::string(config::default_file));
    return cannot(fmt::format("there is no ledger: ledger.path in {} is empty, so the daemon's histories live in "
                              "memory; give --ledger FILE",
                              shown(config)));
}

std::expected<io::store::Database, Failure> open_ledger(const Arguments& arguments, io::store::Database::Mode mode) {
    const auto path = ledger_path(arguments);
    if (!path) return std::unexpected(path.error());
    auto database = io::store::Database::open(*path, mode);
    if (database) {
        const auto settings = ledger_settings(arguments);
        if (settings) database->bound_changes((*settings)->limits.ledger_changes);
        return std::move(*database);
    }
    const std::string& why = database.error().text;
    return cannot(why.contains(*path) ? why : fmt::format("{}: {}", shown(*path), why));
}

std::string acting_person(const Arguments& arguments) {
    constexpr std::size_t most = 256;
    const auto usable = [](const std::string& name) { return escape::line(name, most - 3); };
    if (const auto given = arguments.text("by"); given && !given->empty()) return usable(*given);
    // Only root may speak for another: sudo sets the name, and anybody else could set it too.
    const char* sudo_user = ::geteuid() == 0 ? std::getenv("SUDO_USER") : nullptr;
    if (sudo_user != nullptr && *sudo_user != '\0') return usable(sudo_user);
    return usable(name_of(::geteuid()));
}

} // namespace bonafide::cli
