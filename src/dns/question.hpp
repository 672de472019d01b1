// What a core asks and what it gets: the only words in which protocol code speaks of DNS
// (docs/architecture.md, idea 2).
// A Question travels up through co_await ask(question); an Answer is an immutable shared value, so a cache hit costs one reference count.
#pragma once

#include "base/ip.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::dns {

/// Resource record types by their IANA numbers; only those some core asks for.
enum class Type : std::uint16_t { a = 1, ns = 2, cname = 5, soa = 6, ptr = 12, mx = 15, txt = 16, aaaa = 28, spf = 99 };

/// "A", "TXT", ... (upper case).
[[nodiscard]] std::string_view to_text(Type type);
/// By name or as TYPE16 (RFC 3597 5), in any case.
[[nodiscard]] std::optional<Type> parse_type(std::string_view text);

struct Question {
    std::string name; ///< normalized: lower-case A-labels, no final dot (dns/name.hpp); labels are raw bytes, unescaped
    Type type = Type::txt;
    std::string_view
        why; ///< a string literal: what for, as a person would say it ("SPF record", "DKIM key"); begins with the protocol,
             ///< or ends in "(iprev)": verdict/dnssec tells the questions of a method by that
    std::optional<ip::Address> server; ///< ask exactly this server; none: the configured resolver
    bool recursion = true;             ///< RD bit
    bool use_cache = true;             ///< an answer from our TTL cache will do
};

/// How a question ended. RFC words where they have one.
enum class Status : std::uint8_t {
    ok,         ///< at least one record of the type
    no_data,    ///< NOERROR without a record of the type: the name exists
    nx_domain,  ///< NXDOMAIN
    serv_fail,  ///< SERVFAIL, FORMERR, NOTIMP or an unreadable answer
    refused,    ///< REFUSED
    timeout,    ///< nobody answered in time
    bogus,      ///< DNSSEC validation failed
    truncated,  ///< truncated over UDP and no answer over TCP
    cname_loop, ///< CNAMEs that lead nowhere or in a circle
};
[[nodiscard]] std::string_view to_text(Status status);
[[nodiscard]] std::optional<Status> parse_status(std::string_view text);

/// Temporary in the sense of every mail standard: asking later may help (RFC 7208 2.6.6, RFC 6376 6.1.2).
[[nodiscard]] constexpr bool is_temporary(Status status) { return status >= Status::serv_fail; }
/// "Nothing there": NXDOMAIN or NOERROR without data (RFC 7208 4.6.4 void look-up).
[[nodiscard]] constexpr bool is_void(Status status) { return status == Status::no_data || status == Status::nx_domain; }

/// RFC 4035 4.3 states.
enum class Dnssec : std::uint8_t { indeterminate, insecure, secure, bogus };
[[nodiscard]] std::string_view to_text(Dnssec state);
[[nodiscard]] std::optional<Dnssec> parse_dnssec(std::string_view text);
/// What may be said of two answers together: secure only when both are.
[[nodiscard]] constexpr Dnssec weaker(Dnssec a, Dnssec b) {
    if (a == Dnssec::bogus || b == Dnssec::bogus) return Dnssec::bogus;
    return a < b ? a : b;
}
static_assert(Dnssec::indeterminate < Dnssec::insecure && Dnssec::insecure < Dnssec::secure);

struct Mx {
    std::uint16_t preference = 0;
    std::string host; ///< normalized; empty for the null MX (RFC 7505)
    bool operator==(const Mx&) const = default;
};

namespace detail {
template<class T> inline constexpr char memo_tag = 0; ///< its address names T
}

/// A slot for one parsed form of an answer, made at most once and kept as long as the answer lives, i.e. its TTL in the cache:
/// a parsed SPF record, a DKIM public key. Thread-safe; copying an answer copies no memo.
class Memo {
  public:
    Memo() = default;
    Memo(const Memo&) noexcept {}
    Memo& operator=(const Memo&) noexcept { return *this; }
    ~Memo() = default;

    /// The kept T, or make() which is then kept; of several threads that make one at once all get the first. When the slot holds
    /// another type, make()'s value is returned unkept. What make() gives must depend on the answer alone.
    template<class T, class Make> [[nodiscard]] std::shared_ptr<const T> get(Make make) const {
        {
            const std::lock_guard lock(mutex_);
            if (tag_ == &detail::memo_tag<T>) return std::static_pointer_cast<const T>(value_);
        }
        std::shared_ptr<const T> made = std::make_shared<const T>(make());
        const std::lock_guard lock(mutex_);
        if (tag_ == nullptr) {
            value_ = made;
            tag_ = &detail::memo_tag<T>;
        }
        return tag_ == &detail::memo_tag<T> ? std::static_pointer_cast<const T>(value_) : made;
    }

  private:
    mutable std::mutex mutex_;
    mutable std::shared_ptr<const void> value_;
    mutable const char* tag_ = nullptr;
};

struct AnswerData {
    Status status = Status::serv_fail;
    Dnssec dnssec = Dnssec::indeterminate;
    std::uint32_t ttl = 0; ///< seconds this may be kept: least of the chain's records, or the negative TTL (RFC 2308)
    bool aliased =
        false; ///< a CNAME stood at the name asked: that name exists even when status is nx_domain (RFC 9989 np)
    /// One per TXT (or SPF) RR, its strings joined with nothing between (RFC 7208 3.3, RFC 6376 3.6.2.2, RFC 9989 4.5).
    std::vector<std::string> txt;
    std::vector<ip::Address> addresses; ///< A or AAAA; AAAA is never mapped back to IPv4
    std::vector<Mx> mx;                 ///< in the order received
    std::vector<std::string> names;     ///< PTR, NS, CNAME targets; normalized
    std::uint32_t serial = 0;           ///< SOA, from a server asked by itself
    Memo memo;

    [[nodiscard]] bool found() const { return status == Status::ok; }
    [[nodiscard]] bool temporary() const { return is_temporary(status); }
    [[nodiscard]] bool empty() const { return is_void(status); }
};

/// Never null.
using Answer = std::shared_ptr<const AnswerData>;

/// An answer without records.
[[nodiscard]] Answer make_answer(Status status, std::uint32_t ttl = 0, Dnssec dnssec = Dnssec::indeterminate);

} // namespace bonafide::dns
