// A verdict with everything that led to it, as one JSON document (docs/transcript.md): `verify --transcript` writes it, `replay` makes
// the verdict anew from it, years later and without a network. Plain data and its two forms; who fills it and who compares is cli's
// matter. Every text in the JSON stands for bytes as base/latin1.hpp writes them, so that nothing a stranger sent is lost.
#pragma once

#include "base/error.hpp"
#include "crypto/digest.hpp"
#include "dkim/body_hashes.hpp"
#include "dkim/header_hashes.hpp"
#include "engine/settings.hpp"
#include "mail/header.hpp"
#include "verdict/facts.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {

struct Record {
    static constexpr std::int64_t format = 1;             ///< another one is refused
    static constexpr std::size_t most_bytes = 64U << 20U; ///< four times the largest one a message at the limits makes
    static constexpr std::size_t most_digests = 1000; ///< of the body, and as many of the header: 120 can be asked for
    static constexpr std::size_t most_recipients = 100'000; ///< the largest limits.recipients there can be

    /// The public suffix list that was at hand.
    struct SuffixList {
        std::string file;    ///< where it was read from; empty: the one built into libpsl
        std::string version; ///< its own date line, or what else names it
        std::string sha256;  ///< of the file, hexadecimal; empty without a file
        bool used = false;   ///< Organizational Domains were found by it
    };
    /// What was taken out before the record was given away.
    struct Redaction {
        std::vector<std::string> removed;                    ///< sentences for people
        std::vector<std::string> remains;                    ///< likewise: what may still tell who is who
        std::vector<dkim::HeaderHashes::Kept> header_hashes; ///< of the signatures, over the whole header
    };

    std::string version;   ///< of the program that wrote it
    std::int64_t now = 0;  ///< Unix time of the verdict
    std::string host_name; ///< ours: SPF's macro r, and the authserv-id unless the settings name one
    verdict::Direction direction = verdict::Direction::inbound;
    verdict::Envelope envelope; ///< as the door gave it, paths unparsed
    std::string settings;       ///< deciding_settings()
    std::string settings_sha256;
    SuffixList suffixes;
    std::vector<std::string> fields; ///< of the header, raw, without final CRLF
    bool header_oversized = false;   ///< those are only its first part
    std::vector<dkim::BodyDigest> body;
    std::string dns = "[]";     ///< dns::to_json(Transcript)
    std::string verdict = "{}"; ///< what `verify --json` prints
    std::optional<Redaction> redacted;
};

/// One line. parse() gives the same Record back.
[[nodiscard]] std::string to_json(const Record& record);

/// Strict: nothing may be missing or unknown. The error names the member: "body[1].size is missing".
[[nodiscard]] Expected<Record> parse_record(std::string_view text);

/// The settings that can change a verdict, one TOML line each in the table's order. What says how DNS is asked is none of them: the
/// answers are in the record.
[[nodiscard]] std::string deciding_settings(const Settings& settings);

/// The recorded header; an error names the field that is none.
[[nodiscard]] Expected<mail::HeaderBlock> header_of(const Record& record, const Limits& limits);

/// A line for each member in which two JSON documents differ, first to last: `dmarc.result: recorded "fail", now "pass"`. At most 20
/// lines and one that counts the others; values are cut short.
[[nodiscard]] std::vector<std::string> json_differences(std::string_view recorded, std::string_view now);

} // namespace bonafide::engine
