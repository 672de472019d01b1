// Records of verdicts (engine/record.hpp) made, kept in files, and brought to life again: what `verify --transcript` and `replay` share.
#pragma once

#include "cli/verification.hpp"
#include "dkim/header_hashes.hpp"
#include "dns/source.hpp"
#include "engine/record.hpp"

#include <memory>
#include <span>
#include <string>

namespace bonafide::cli {

/// The record of a message that was verified in `context`.
[[nodiscard]] engine::Record make_record(const engine::Context& context, const Witnessed& witnessed,
                                         const engine::Finished& finished);

/// `file` may be "-", standard input.
[[nodiscard]] Expected<engine::Record> read_record(const std::string& file);
/// Whether a record may be written there: not onto one of the files that are read, under whatever name, nor to "-".
[[nodiscard]] Expected<void> check_record_target(const std::string& file, std::span<const std::string> read);
/// An error leaves no half of a record behind that looks like one.
[[nodiscard]] Expected<void> write_record(const std::string& file, const engine::Record& record);

/// The settings of a record; an error names the first that this program does not take.
[[nodiscard]] Expected<std::shared_ptr<const engine::Settings>> settings_of(const engine::Record& record);

/// In which a record's message is verified again: its settings, names and time, answers from `source`. There is no resolver.
[[nodiscard]] engine::Context context_of(const engine::Record& record, std::shared_ptr<const engine::Settings> settings,
                                         std::shared_ptr<const dns::PublicSuffixList> suffixes,
                                         const dns::Source& source);

/// A message that was verified again.
struct Remade {
    engine::Finished finished;
    Witnessed witnessed;
};

/// From the record alone: its header, its body hashes, and for signatures what `hashes` has or keeps.
[[nodiscard]] Expected<Remade> remake(const engine::Record& record, const engine::Context& context,
                                      dkim::HeaderHashes& hashes);

/// The same verdict with nothing personal in it (engine/redact.hpp). An error says why there is none.
[[nodiscard]] Expected<engine::Record> redacted(const engine::Record& full,
                                                std::shared_ptr<const dns::PublicSuffixList> suffixes);

} // namespace bonafide::cli
