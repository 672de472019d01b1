// What `check` is told on the command line, and what this mail server knows of itself, as the doctor's Subject.
#pragma once

#include "cli/command.hpp"
#include "doctor/subject.hpp"
#include "engine/settings.hpp"
#include "io/mail_queue.hpp"

#include <expected>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bonafide::cli {

/// The options that say what is known beforehand: --selector --mail --ip --key --local-zone --mta-sts-policy --source --config.
[[nodiscard]] std::vector<Option> with_subject_options(std::vector<Option> own);

/// Everything but the domain, read once for all domains.
struct KnownBefore {
    doctor::Subject common;
    std::shared_ptr<const engine::Settings>
        settings; ///< of --config, else of the default file where it can be read, else the built-in ones
    std::vector<io::QueuedRecipient> queue{};
    std::multimap<std::string, std::string> signers{}; ///< d= -> s= of the signatures of --mail, normalized
    bool is_mail_server = false;                       ///< there is such a file: what the server knows of itself counts
};
/// Files are read here; each error names its file. Warnings go to console.err. `origin`: the domain whose zone --local-zone is.
[[nodiscard]] std::expected<KnownBefore, Failure> read_known(const Arguments& arguments, const std::string& origin,
                                                             Console& console);

/// With the keys this server signs with for the domain, and then its own addresses, where it is a mail server of the domain.
[[nodiscard]] doctor::Subject subject_of(const KnownBefore& known, std::string domain, Console& console);

/// DOMAIN... and those of --domains; A-labels, without duplicates. Errors: one that is no domain name, a file that cannot be read.
[[nodiscard]] std::expected<std::vector<std::string>, Failure> domains_of(const Arguments& arguments, Console& console);

} // namespace bonafide::cli
