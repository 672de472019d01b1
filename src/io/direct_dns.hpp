// DNS questions to one named server, and changes to a zone (RFC 2136) with TSIG (RFC 8945). libldns stays inside the .cpp files:
// direct_dns.cpp asks, dns_update.cpp changes.
// Blocking, with a time-out for each exchange: for commands and for a thread that maintains keys, never for one that serves mail.
#pragma once

#include "base/endpoint.hpp"
#include "base/error.hpp"
#include "dns/question.hpp"
#include "dns/record_form.hpp"
#include "sign/tsig_key.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::io {

/// What one server said.
struct DirectAnswer {
    dns::AnswerData data;           ///< the records; status refused when it is not authoritative for the name
    std::string owner{};            ///< the name whose records these are: CNAMEs within the answer were followed
    std::string alias{};            ///< where a CNAME led beyond what the answer holds: ask the servers of that name
    std::string zone{};             ///< owner of the SOA that came with it; empty: none did
    std::uint32_t negative_ttl = 0; ///< RFC 2308 5; 0 without SOA
    std::string fault{};            ///< in words, where there was no usable answer
};

enum class Recursion : std::uint8_t {
    no,  ///< what this server knows itself; an answer without authority counts as refused
    yes, ///< whatever it can find out
};
/// The reply as it came over the wire, to a question for `name` and `type`; never fails: see data.status and fault.
[[nodiscard]] DirectAnswer read_direct_answer(std::span<const std::uint8_t> message, const std::string& name,
                                              dns::Type type, Recursion recursion);
/// Asks over UDP, and over TCP when the answer did not fit. CNAMEs within the answer are followed. Never fails: see data.status and fault.
[[nodiscard]] DirectAnswer ask_directly(const ip::Endpoint& server, const std::string& name, dns::Type type,
                                        std::chrono::milliseconds timeout, Recursion recursion = Recursion::no);

/// What is put in place of all TXT records of a name.
struct TxtUpdate {
    std::string zone;
    std::string name;
    std::uint32_t ttl = 3600;
    std::vector<std::string> strings; ///< of one record, each at most 255 bytes
    bool only_if_absent = false;      ///< RFC 2136 2.4.3: not where a TXT record has come to stand meanwhile
};

/// Replaces them in one message (RFC 2136 2.5.2 and 2.5.1), over TCP; when this returns without error, the server has taken it.
/// Errors name the server and say what it answered: REFUSED, NOTAUTH, BADKEY, BADSIG, BADTIME, or that it did not answer in time.
[[nodiscard]] Expected<void> replace_txt(const ip::Endpoint& server, const TxtUpdate& update,
                                         const std::optional<sign::TsigKey>& key, std::chrono::milliseconds timeout);

/// Makes all changes to one zone in one message, which the server takes as a whole or not at all: each removed record is deleted by its
/// content (RFC 2136 2.5.4), each added one put beside what stands there (2.5.1). TXT, MX, CNAME, A and AAAA; `zone` is normalized.
/// Errors as replace_txt(), and a record that cannot be written.
[[nodiscard]] Expected<void> change_records(const ip::Endpoint& server, const std::string& zone,
                                            std::span<const dns::RecordChange> changes,
                                            const std::optional<sign::TsigKey>& key, std::chrono::milliseconds timeout);

} // namespace bonafide::io
