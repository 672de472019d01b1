// A record for other people's eyes: what is personal in it is taken out, and the verdict stays what it was. Local parts of addresses
// become user1, user2, ... (the same one everywhere), header fields that no protocol reads go, and since the signatures do not fit what
// is left, their header hashes are kept instead. DNS answers and the verdict are not touched here: who calls has to make the verdict anew
// from what comes out, with the k-th DNS question answered by the k-th recorded answer, since a question may have held a local part.
#pragma once

#include "engine/record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {

/// `facts`: of the full record's verdict; `hashes`: of the signatures over the full header, by position in it. Error: what cannot be
/// taken out without changing the verdict.
[[nodiscard]] Expected<Record> redact(const Record& full, const Settings& settings, const verdict::Facts& facts,
                                      const std::vector<dkim::HeaderHashes::Kept>& hashes);

/// Of a verdict's JSON what a redaction must leave as it is: results, causes, domains and what is done with the message. Not the judgement,
/// which rests on names and lists too.
[[nodiscard]] std::string essence(std::string_view verdict_json);

} // namespace bonafide::engine
