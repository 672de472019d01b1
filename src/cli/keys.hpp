// What the commands of `bonafide keys` share: which folder, which DNS, which domain and key, and how a key is printed.
#pragma once

#include "cli/command.hpp"
#include "engine/key_tending.hpp"
#include "engine/settings.hpp"
#include "io/key_folder.hpp"
#include "sign/key_ring.hpp"
#include "sign/record.hpp"

#include <boost/json.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace bonafide::cli {

/// --folder and --config behind a command's own.
[[nodiscard]] std::vector<Option> with_key_options(std::vector<Option> own);
/// --form, how a record is printed.
[[nodiscard]] Option form_option();
[[nodiscard]] sign::Form read_form(const Arguments& arguments);
/// The records of a command, in the form of --form; on standard error what a revocation needs there.
void print_records(const Arguments& arguments, std::span<const sign::Record> records, Console& console);
/// --now, which read_time() reads.
[[nodiscard]] Option now_option();
/// DOMAIN and SELECTOR.
[[nodiscard]] Positional domain_positional(Times times = Times::once);
[[nodiscard]] Positional selector_positional(Times times = Times::once);

struct KeySetup {
    std::shared_ptr<const engine::Settings> settings;
    io::KeyFolder folder;
    std::vector<std::string> domains{}; ///< DOMAIN alone where it was given, else all

    [[nodiscard]] const std::string& domain() const { return domains.front(); }
};
enum class WhenAbsent : std::uint8_t { fail, make };
/// The folder of --folder, else signing.keys of the configuration. DOMAIN, where given, is normalized.
[[nodiscard]] std::expected<KeySetup, Failure> open_keys(const Arguments& arguments,
                                                         WhenAbsent when_absent = WhenAbsent::fail);
/// The ring of a domain, and that SELECTOR is one of its keys.
[[nodiscard]] std::expected<sign::Ring, Failure> ring_with_selector(const KeySetup& setup, const std::string& selector);

/// A line on standard error, where a command goes on with other domains.
void tell_fault(const Error& fault, Console& console);
/// Lets `change` alter the ring of the domain. It counts as a pass at `now`: that the clock went back is noticed here, or by the next
/// pass where it was wrong here.
Expected<void> change_ring(const KeySetup& setup, std::int64_t now, Console& console,
                           const io::KeyFolder::Change& change);
/// KeyFolder::add() at the time row.changed, as a pass like change_ring().
[[nodiscard]] Expected<std::string> add_key(const KeySetup& setup, const crypto::PrivateKey& key, sign::Key row,
                                            Console& console);

/// --zone or --dns-server where they are given, else every authoritative server of the zone.
[[nodiscard]] std::expected<std::unique_ptr<engine::KeyDns>, Failure> open_key_dns(const Arguments& arguments,
                                                                                   const KeySetup& setup);

[[nodiscard]] boost::json::object json_of(const sign::Key& key, const std::string& domain);

} // namespace bonafide::cli
