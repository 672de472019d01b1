#include "engine/packed_message.hpp"

#include "base/ascii.hpp"
#include "engine/transaction.hpp"
#include "io/store_series.hpp"
#include "io/store_varint.hpp"

#include <concepts>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace bonafide::engine {
namespace {

using io::store::PackedReader;
using io::store::put_number;
using verdict::StoredFacts;

constexpr unsigned char version = 1;
constexpr std::size_t shortest_repeated = 4; // a text that is shorter is written again

template<class T, class Of>
concept Is = std::same_as<std::remove_const_t<T>, Of>;

// ---- the members of each struct, for writing and for reading

template<class Io, Is<spf::Outcome> T> void members(Io& io, T& one) {
    io(one.result, one.identity, one.domain, one.mechanism, one.explanation, one.lookups, one.void_lookups, one.record,
       one.cause.code, one.cause.term, one.cause.domain, one.cause.text);
}
template<class Io, Is<dkim::SignatureResult> T> void members(Io& io, T& one) {
    io(one.result, one.code, one.reason, one.domain, one.selector, one.identity, one.algorithm, one.canonicalization,
       one.signature_start, one.fingerprint, one.key_bits, one.testing, one.body_length, one.unsigned_bytes,
       one.signed_at, one.expires, one.several_from);
}
template<class Io, Is<dmarc::Evaluation> T> void members(Io& io, T& one) {
    io(one.result, one.code, one.reason, one.policy, one.disposition, one.author_domain, one.policy_domain,
       one.org_domain, one.spf_aligned, one.dkim_aligned, one.aligned_domain, one.discovery, one.author_exists,
       one.notes);
    io.record(one.record);
}
template<class Io, Is<iprev::Outcome> T> void members(Io& io, T& one) {
    io(one.result, one.client, one.name, one.names, one.reason);
}
template<class Io, Is<arc::Signature> T> void members(Io& io, T& one) {
    io(one.check, one.code, one.domain, one.selector, one.algorithm, one.reason, one.signed_at);
}
template<class Io, Is<arc::Instance> T> void members(Io& io, T& one) {
    io(one.number, one.cv, one.seal, one.message, one.canonicalization, one.signed_headers, one.signs_from,
       one.unsigned_bytes, one.results_text);
    io.results(one);
}
template<class Io, Is<arc::Outcome> T> void members(Io& io, T& one) {
    io(one.result, one.code, one.reason, one.highest, one.oldest_pass, one.instances, one.seals_hold);
}
template<class Io, Is<mail::Mailbox> T> void members(Io& io, T& one) {
    io(one.display_name, one.local_part, one.domain);
}
template<class Io, Is<mail::Author> T> void members(Io& io, T& one) {
    io(one.cause, one.domain, one.domains, one.mailboxes, one.detail, one.defect, one.text);
}
template<class Io, Is<verdict::Letter> T> void members(Io& io, T& one) {
    io(one.message_id, one.reply_to, one.list_id);
    io.subject(one.subject);
    io(one.delivery_report, one.returned_ids);
}
template<class Io, Is<verdict::Envelope> T> void members(Io& io, T& one) {
    io(one.client, one.client_name, one.helo, one.relay, one.relays, one.mail_from, one.recipients, one.more_recipients,
       one.source);
}
template<class Io, Is<verdict::Facts> T> void members(Io& io, T& one) {
    io(one.direction, one.now, one.envelope, one.author, one.letter, one.spf.value, one.spf.unavailable,
       one.iprev.value, one.iprev.unavailable, one.dkim, one.dkim_support.testing, one.dkim_support.partial_body,
       one.dmarc.value, one.dmarc.unavailable, one.arc.value, one.arc.unavailable, one.unchecked);
}
template<class Io, Is<verdict::Past> T> void members(Io& io, T& one) {
    io(one.key.kind, one.key.of, one.key.with);
    io.series(one.series);
}
template<class Io, Is<verdict::AuthorHosts> T> void members(Io& io, T& one) {
    io(one.mail_hosts, one.addresses, one.incomplete, one.no_such_domain, one.null_mail_host);
}
template<class Io, Is<policy::Surroundings> T> void members(Io& io, T& one) {
    io(one.listener, one.daemon, one.size, one.dns_lists, one.no_answer, one.asked_dns_lists);
    io.result_of(one.spf_helo);
    io.result_of(one.spf_from);
    io(one.safe_sender, one.blocked_sender);
}
template<class Io, Is<verdict::StoredJudgement> T> void members(Io& io, T& one) {
    io(one.result, one.reason, one.suggestion);
}

template<class Io, Is<RefusedRecipient> T> void members(Io& io, T& one) {
    io(one.recipient, one.by, one.place);
    io.reply(one.smtp_reply);
}

/// The last enumerator of each.
constexpr auto last(spf::Result) { return spf::Result::permerror; }
constexpr auto last(spf::Identity) { return spf::Identity::helo; }
constexpr auto last(spf::Code) { return spf::Code::time_out; }
constexpr auto last(dkim::Result) { return dkim::Result::permerror; }
constexpr auto last(dkim::Code) { return dkim::Code::bad_signature; }
constexpr auto last(dmarc::Result) { return dmarc::Result::permerror; }
constexpr auto last(dmarc::Code) { return dmarc::Code::identifier_error; }
constexpr auto last(dmarc::Policy) { return dmarc::Policy::reject; }
constexpr auto last(dmarc::Discovery) { return dmarc::Discovery::psl; }
constexpr auto last(iprev::Result) { return iprev::Result::permerror; }
constexpr auto last(arc::Check) { return arc::Check::fail; }
constexpr auto last(arc::Status) { return arc::Status::fail; }
constexpr auto last(arc::Code) { return arc::Code::failed_at_arrival; }
constexpr auto last(mail::FromCause) { return mail::FromCause::too_many; }
constexpr auto last(verdict::Direction) { return verdict::Direction::local; }
constexpr auto last(verdict::PastKind) { return verdict::PastKind::returned; }
constexpr auto last(verdict::Compauth) { return verdict::Compauth::fail; }
constexpr auto last(policy::Level) { return policy::Level::judged; }
constexpr auto last(verdict::Suggestion) { return verdict::Suggestion::reject; }

// ---- writing

class Writer {
  public:
    explicit Writer(bool keeps_subject) : keeps_subject_(keeps_subject) { out_ += static_cast<char>(version); }

    template<class... T> void operator()(const T&... all) { (put(all), ...); }
    void record(const std::optional<dmarc::Record>& record) {
        put(record ? std::optional(std::string_view(record->text)) : std::nullopt);
    }
    void results(const arc::Instance&) {} // read from their text
    void subject(const std::string& text) { put(keeps_subject_ ? std::string_view(text) : std::string_view()); }
    void reply(const std::string& text) {
        put(keeps_subject_ ? std::string_view(text) : codes_of(text)); // behind them may stand what a sender wrote
    }
    void series(const verdict::Series& series) { put_text(io::store::pack(series)); }
    void result_of(const std::optional<spf::Outcome>& outcome) {
        put(outcome ? std::optional(outcome->result) : std::nullopt);
    }
    std::string take() { return too_many_ || out_.size() > most_packed_bytes ? std::string() : std::move(out_); }

  private:
    template<class T> void put(const T& one) {
        if constexpr (std::is_enum_v<T>)
            put_number(out_, static_cast<std::uint64_t>(one));
        else if constexpr (std::is_signed_v<T>)
            put_number(out_, io::store::zigzag(one));
        else if constexpr (std::is_unsigned_v<T>)
            put_number(out_, one);
        else if constexpr (std::convertible_to<T, std::string_view>)
            put_repeated(one);
        else
            members(*this, one);
    }
    void put(const ip::Address& address) {
        out_ += static_cast<char>(address.bits() / 8);
        for (std::size_t i = 0; i < address.bits() / 8; ++i) out_ += static_cast<char>(address.bytes().at(i));
    }
    template<class T> void put(const std::optional<T>& one) {
        put(one.has_value());
        if (one) put(*one);
    }
    template<class T> void put(const std::vector<T>& all) {
        too_many_ = too_many_ || all.size() > StoredFacts::most_of_a_list;
        put_number(out_, all.size());
        for (const T& one : all) put(one);
    }
    void put_text(std::string_view text) {
        put_number(out_, std::uint64_t{text.size()} << 1U);
        out_ += text;
    }
    void put_repeated(std::string_view text) {
        if (text.size() >= shortest_repeated) {
            const auto [found, added] = texts_.try_emplace(std::string(text), texts_.size());
            if (!added) return put_number(out_, (std::uint64_t{found->second} << 1U) | 1U);
        }
        put_text(text);
    }

    std::string out_;
    std::unordered_map<std::string, std::size_t> texts_;
    bool keeps_subject_;
    bool too_many_ = false;
};

// ---- reading

/// After what is not understood every value is empty; asked for once, at the end.
class Reader {
  public:
    explicit Reader(std::string_view packed) : in_(packed) { texts_.reserve(64); }

    [[nodiscard]] bool finished() const { return !failed_ && in_.empty(); }
    template<class... T> void operator()(T&... all) { (take(all), ...); }
    void record(std::optional<dmarc::Record>& record) {
        std::optional<std::string> text;
        take(text);
        if (!text) return;
        if (auto read = dmarc::parse_record(*text))
            record = *std::move(read);
        else
            record.emplace().text = *std::move(text);
    }
    static void results(arc::Instance& one) {
        if (!one.results_text.empty()) one.results = arc::read_results(one.results_text, {});
    }
    void subject(std::string& text) { take(text); }
    void reply(std::string& text) { take(text); }
    void series(verdict::Series& series) {
        const std::uint64_t size = number();
        if ((size & 1U) != 0) return fail();
        if (auto read = io::store::unpack_series(bytes(size >> 1U)))
            series = *std::move(read);
        else
            fail();
    }
    void result_of(std::optional<spf::Outcome>& outcome) {
        std::optional<spf::Result> result;
        take(result);
        if (result) outcome.emplace().result = *result;
    }
    void fail() { failed_ = true; }
    [[nodiscard]] std::uint64_t number() {
        const auto taken = failed_ ? std::nullopt : in_.number();
        if (!taken) fail();
        return taken.value_or(0);
    }

  private:
    template<class T> void take(T& one) {
        if constexpr (std::is_enum_v<T>) {
            const std::uint64_t read = number();
            if (read > static_cast<std::uint64_t>(last(T{}))) return fail();
            one = static_cast<T>(read);
        } else if constexpr (std::is_same_v<T, bool>) {
            const std::uint64_t read = number();
            if (read > 1) return fail();
            one = read == 1;
        } else if constexpr (std::is_signed_v<T>) {
            one = io::store::unzigzag(number());
        } else if constexpr (std::is_unsigned_v<T>) {
            const std::uint64_t read = number();
            if (!std::in_range<T>(read)) return fail();
            one = static_cast<T>(read);
        } else {
            members(*this, one);
        }
    }
    void take(std::string& text) {
        const std::uint64_t read = number();
        if ((read & 1U) != 0) {
            if (read >> 1U >= texts_.size()) return fail();
            text = texts_[read >> 1U];
            return;
        }
        const std::string_view whole = bytes(read >> 1U);
        if (whole.size() >= shortest_repeated) texts_.push_back(whole);
        text = whole;
    }
    void take(ip::Address& address) {
        std::array<std::uint8_t, 16> all{};
        const auto size = in_.byte();
        if (size != 4 && size != 16) return fail();
        const std::string_view read = bytes(*size);
        for (std::size_t i = 0; i < read.size(); ++i) all.at(i) = static_cast<std::uint8_t>(read[i]);
        address =
            size == 4 ? ip::Address::from_v4({all[0], all[1], all[2], all[3]}) : ip::Address::from_v6_unmapped(all);
    }
    template<class T> void take(std::optional<T>& one) {
        bool has = false;
        take(has);
        if (has) take(one.emplace());
    }
    template<class T> void take(std::vector<T>& all) {
        const std::uint64_t count = number();
        if (count > StoredFacts::most_of_a_list || count > in_.left()) return fail(); // each takes a byte at least
        all.reserve(count);
        for (std::uint64_t i = 0; i < count && !failed_; ++i) take(all.emplace_back());
    }
    std::string_view bytes(std::uint64_t size) {
        if (failed_ || size > in_.left()) {
            fail();
            return {};
        }
        return in_.bytes(size);
    }

    PackedReader in_;
    std::vector<std::string_view> texts_;
    bool failed_ = false;
};

} // namespace

std::string_view codes_of(std::string_view reply) {
    const std::size_t code = reply.find(' ');
    if (code == std::string_view::npos) return reply;
    const std::size_t end = std::min(reply.find(' ', code + 1), reply.size());
    const std::string_view second = reply.substr(code + 1, end - code - 1);
    const bool enhanced = std::ranges::count(second, '.') == 2 &&
                          std::ranges::all_of(second, [](char c) { return c == '.' || ascii::is_digit(c); });
    return reply.substr(0, enhanced ? end : code);
}

namespace {

/// Of a Finished or a StoredMessage.
template<class Message>
std::string pack(const Message& message, const std::optional<verdict::StoredJudgement>& judged, bool keeps_subject) {
    std::vector<std::string> upstream;
    for (const authres::Field& field : message.upstream) upstream.push_back(authres::write(field));
    Writer writer(keeps_subject);
    writer(keeps_subject, message.facts, judged, message.around, message.history.known, message.history.pasts,
           message.author_hosts, upstream, message.refused, message.ended);
    return writer.take();
}

} // namespace

std::string pack(const Finished& finished, bool keeps_subject) {
    std::optional<verdict::StoredJudgement> judged;
    if (finished.judgement)
        judged = {finished.judgement->result, finished.judgement->reason, finished.judgement->suggestion};
    return pack(finished, judged, keeps_subject);
}

std::string pack(const StoredMessage& message) { return pack(message, message.judged, !message.gaps.subject); }

Expected<StoredMessage> unpack_message(std::string_view packed) {
    if (packed.empty() || packed.size() > most_packed_bytes) return failure("a packed message has no such length");
    if (static_cast<unsigned char>(packed.front()) != version)
        return failure("a message was packed by a newer version of Bonafide");
    StoredMessage message;
    std::vector<std::string> upstream;
    bool keeps_subject = false;
    Reader reader(packed.substr(1));
    reader(keeps_subject, message.facts, message.judged, message.around, message.history.known, message.history.pasts,
           message.author_hosts, upstream, message.refused, message.ended);
    for (const std::string& text : upstream) {
        auto field = authres::parse(text);
        if (!field) return failure("a packed message is damaged");
        message.upstream.push_back(*std::move(field));
    }
    if (!reader.finished()) return failure("a packed message is damaged");
    message.gaps.subject = !keeps_subject;
    return message;
}

} // namespace bonafide::engine
