#include "dns/question.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>

namespace bonafide::dns {
namespace {

template<class E, std::size_t N>
std::string_view text_of(const std::array<std::pair<E, std::string_view>, N>& table, E value) {
    for (const auto& [key, text] : table)
        if (key == value) return text;
    return "unknown";
}

template<class E, std::size_t N>
std::optional<E> value_of(const std::array<std::pair<E, std::string_view>, N>& table, std::string_view text) {
    for (const auto& [key, name] : table)
        if (ascii::iequals(name, text)) return key;
    return {};
}

constexpr std::array<std::pair<Type, std::string_view>, 9> types{{{Type::a, "A"},
                                                                  {Type::ns, "NS"},
                                                                  {Type::cname, "CNAME"},
                                                                  {Type::soa, "SOA"},
                                                                  {Type::ptr, "PTR"},
                                                                  {Type::mx, "MX"},
                                                                  {Type::txt, "TXT"},
                                                                  {Type::aaaa, "AAAA"},
                                                                  {Type::spf, "SPF"}}};

constexpr std::array<std::pair<Status, std::string_view>, 9> statuses{{{Status::ok, "NOERROR"},
                                                                       {Status::no_data, "NODATA"},
                                                                       {Status::nx_domain, "NXDOMAIN"},
                                                                       {Status::serv_fail, "SERVFAIL"},
                                                                       {Status::refused, "REFUSED"},
                                                                       {Status::timeout, "TIMEOUT"},
                                                                       {Status::bogus, "BOGUS"},
                                                                       {Status::truncated, "TRUNCATED"},
                                                                       {Status::cname_loop, "CNAMELOOP"}}};

constexpr std::array<std::pair<Dnssec, std::string_view>, 4> states{{{Dnssec::indeterminate, "indeterminate"},
                                                                     {Dnssec::insecure, "insecure"},
                                                                     {Dnssec::secure, "secure"},
                                                                     {Dnssec::bogus, "bogus"}}};

} // namespace

std::string_view to_text(Type type) { return text_of(types, type); }
std::optional<Type> parse_type(std::string_view text) {
    if (const auto type = value_of(types, text)) return type;
    if (!ascii::istarts_with(text, "TYPE")) return {};
    const auto number = ascii::parse_decimal(text.substr(4));
    const auto* const found =
        std::ranges::find_if(types, [&](const auto& type) { return number == static_cast<std::uint64_t>(type.first); });
    return found == types.end() ? std::nullopt : std::optional(found->first);
}
std::string_view to_text(Status status) { return text_of(statuses, status); }
std::optional<Status> parse_status(std::string_view text) { return value_of(statuses, text); }
std::string_view to_text(Dnssec state) { return text_of(states, state); }
std::optional<Dnssec> parse_dnssec(std::string_view text) { return value_of(states, text); }

Answer make_answer(Status status, std::uint32_t ttl, Dnssec dnssec) {
    auto answer = std::make_shared<AnswerData>();
    answer->status = status;
    answer->ttl = ttl;
    answer->dnssec = dnssec;
    return answer;
}

} // namespace bonafide::dns
