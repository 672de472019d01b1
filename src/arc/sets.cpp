#include "arc/sets.hpp"

#include "base/ascii.hpp"
#include "dkim/tags.hpp"
#include "mail/lexer.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::arc {
namespace {

/// RFC 8617 3.9: position = 1*2DIGIT, from 1 on.
std::optional<unsigned> read_position(std::string_view digits) {
    const std::optional<std::uint64_t> number = ascii::parse_decimal(digits);
    if (!number || digits.size() > 2 || *number == 0) return {};
    return static_cast<unsigned>(*number);
}

std::optional<Kind> kind_of(std::string_view name) {
    for (std::size_t i = 0; i < field_names.size(); ++i)
        if (name.size() == field_names.at(i).size() && ascii::iequals(name, field_names.at(i)))
            return static_cast<Kind>(i);
    return {};
}

std::optional<Status> status_in(const dkim::TagList& list) {
    const dkim::Tag* cv = list.find("cv");
    return cv == nullptr ? std::nullopt : parse_status(cv->value);
}

dkim::TagList tags_of(std::string_view value, const Limits& limits) {
    const std::optional<InstanceTag> first = leading_instance(value, limits);
    return dkim::parse_tags(value.substr(first ? first->behind : 0));
}

class Collector {
  public:
    Collector(const mail::HeaderBlock& header, const Limits& limits) : header_(header), limits_(limits) {}

    Sets collect() {
        for (std::size_t i = 0; i < header_.size(); ++i)
            if (const std::optional<Kind> kind = kind_of(header_[i].name)) add(i, *kind);
        judge();
        return std::move(sets_);
    }

  private:
    void add(std::size_t field, Kind kind) {
        any_ = true;
        const std::string_view value = header_[field].value;
        const std::optional<InstanceTag> tag =
            kind == Kind::results ? leading_instance(value, limits_) : any_instance(value, limits_);
        if (!tag) return note(Code::bad_instance, fmt::format("an {} has no usable instance (i=)", name(kind)));
        sets_.highest = std::max(sets_.highest, tag->number);
        if (kind == Kind::seal && tag->number >= newest_seal_) {
            const std::optional<Status> cv = status_in(tags_of(value, limits_));
            reported_failed_ = cv == Status::fail || (tag->number == newest_seal_ && reported_failed_);
            newest_seal_ = tag->number;
        }
        if (tag->number > most_instances) return; // judge() sees it in `highest`
        if (sets_.places.size() < tag->number) sets_.places.resize(tag->number);
        std::optional<std::size_t>& place = sets_.places[tag->number - 1].field.at(static_cast<std::size_t>(kind));
        if (place) return note(Code::duplicate_field, fmt::format("instance {} has two {}s", tag->number, name(kind)));
        place = field;
    }

    static std::string_view name(Kind kind) { return field_names.at(static_cast<std::size_t>(kind)); }

    /// Keeps the first flaw of the fields.
    void note(Code code, std::string reason) {
        if (flaw_ != Code::ok) return;
        flaw_ = code;
        sets_.reason = std::move(reason);
    }

    void conclude(Code code, std::string reason = {}) {
        sets_.code = code;
        sets_.reason = std::move(reason);
    }

    /// In the order of RFC 8617 5.2.
    void judge() {
        if (header_.oversized())
            return conclude(Code::header_incomplete, "the message's header is larger than what we look at");
        if (!any_) return conclude(Code::no_chain);
        if (sets_.highest > most_instances)
            return conclude(Code::too_many_sets,
                            fmt::format("instance {} is above the {} there may be", sets_.highest, most_instances));
        if (reported_failed_)
            return conclude(Code::reported_failed,
                            fmt::format("the newest seal, of instance {}, says cv=fail", newest_seal_));
        if (flaw_ == Code::ok) find_gap();
        sets_.code = flaw_;
    }

    void find_gap() {
        for (std::size_t i = 0; i < sets_.places.size(); ++i) {
            const auto& fields = sets_.places[i].field;
            if (std::ranges::none_of(fields, [](const auto& field) { return field.has_value(); }))
                return note(Code::missing_set, fmt::format("instance {} is missing", i + 1));
            for (std::size_t kind = 0; kind < fields.size(); ++kind)
                if (!fields.at(kind))
                    return note(Code::missing_field, fmt::format("instance {} has no {}", i + 1, field_names.at(kind)));
        }
    }

    const mail::HeaderBlock& header_;
    const Limits& limits_;
    Sets sets_;
    Code flaw_ = Code::ok;
    bool any_ = false;
    bool reported_failed_ = false;
    unsigned newest_seal_ = 0;
};

} // namespace

Sets collect(const mail::HeaderBlock& header, const Limits& limits) { return Collector(header, limits).collect(); }

std::optional<InstanceTag> leading_instance(std::string_view value, const Limits& limits) {
    mail::Lexer lexer(value, limits.comment_depth);
    if (!lexer.skip_cfws() || !lexer.take('i') || !lexer.skip_cfws() || !lexer.take('=') || !lexer.skip_cfws())
        return {};
    const std::optional<unsigned> number = read_position(lexer.take_while(ascii::is_digit));
    if (!number || !lexer.skip_cfws() || !lexer.take(';')) return {};
    return InstanceTag{*number, lexer.position()};
}

std::optional<InstanceTag> any_instance(std::string_view value, const Limits& limits) {
    if (const std::optional<InstanceTag> first = leading_instance(value, limits)) return first;
    const dkim::TagList list = dkim::parse_tags(value);
    if (list.error) return {};
    const dkim::Tag* tag = list.find("i");
    const std::optional<unsigned> number = tag == nullptr ? std::nullopt : read_position(tag->value);
    if (!number) return {};
    return InstanceTag{*number, 0};
}

Signed read_signed(std::string_view value, const Policy& policy, dkim::SignatureKind kind) {
    const std::optional<InstanceTag> first = leading_instance(value, policy.limits);
    const std::size_t behind = first ? first->behind : 0;
    dkim::Policy rules;
    rules.now = policy.now;
    rules.clock_skew = policy.clock_skew;
    rules.limits = policy.limits;
    Signed read;
    read.signature = dkim::parse_signature(value.substr(behind), rules, kind);
    read.signature.b.begin += behind;
    read.signature.b.end += behind;
    const dkim::TagList list = dkim::parse_tags(value.substr(behind));
    read.names_headers = list.find("h") != nullptr;
    read.names_canonicalization = list.find("c") != nullptr;
    read.cv = status_in(list);
    if (behind != 0 && list.find("i") != nullptr && read.signature.code == dkim::Code::ok) {
        read.signature.code = dkim::Code::bad_syntax; // RFC 6376 3.2: a tag stands only once
        read.signature.reason = "the tag i= occurs more than once";
    }
    return read;
}

} // namespace bonafide::arc
