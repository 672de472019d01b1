// When a record of the local zone and what public DNS has at its name count as the same: what a receiver makes of them decides, not bytes.
#pragma once

#include "doctor/survey.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

/// What a TXT record at this name is for; nothing: not for mail (verification codes and the like).
[[nodiscard]] std::optional<MailRecord> mail_record_of(std::string_view name, std::string_view text);
/// Whether a CNAME at this name stands for a record of mail.
[[nodiscard]] std::optional<MailRecord> kind_of_alias(std::string_view name);

/// All texts are of one kind and stand at one name. Nothing: public DNS has all that the local zone has, or better:
/// SPF - the public record allows whatever the local one allows, and its "all" is no softer; else what is proposed allows both;
/// DKIM - the same key; DMARC - the public policy is at least as strict; MTA-STS, TLS-RPT, BIMI - there is a record.
/// White space, a last semicolon and the case of SPF terms make no difference.
[[nodiscard]] std::optional<LocalDifference> compare_texts(MailRecord kind, const std::string& name,
                                                           const std::vector<std::string>& local,
                                                           const std::vector<std::string>& in_public);
/// By hosts; preferences may differ.
[[nodiscard]] std::optional<LocalDifference> compare_mx(const std::string& name, const std::vector<dns::Mx>& local,
                                                        const std::vector<dns::Mx>& in_public);

} // namespace bonafide::doctor
