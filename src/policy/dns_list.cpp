#include "policy/dns_list.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::policy {
namespace {

constexpr std::array<std::string_view, 5> of_names{"client", "ptr", "helo", "mail_from", "from"};

bool is_between(const ip::Address& address, const DnsList::Codes& codes) {
    return address.is_v4() && codes.first.bytes() <= address.bytes() && address.bytes() <= codes.last.bytes();
}

bool is_in_127(const ip::Address& address) { return address.is_v4() && address.bytes()[0] == 127; }
/// By which lists tell that they do not answer: too many questions, a public resolver, a wrong name.
bool is_error(const ip::Address& address) {
    const auto& bytes = address.bytes();
    return bytes[0] == 127 && bytes[1] == 255 && bytes[2] == 255;
}

Listed meaning(const DnsList& list, const dns::AnswerData& answer) {
    if (dns::is_void(answer.status)) return Listed::no;
    if (!answer.found()) return Listed::unknown;
    bool odd = false;
    for (const ip::Address& address : answer.addresses) {
        // RFC 5782 2.3: entries are in 127.0.0.0/8; else somebody has taken the name over.
        if (!is_in_127(address) || is_error(address)) {
            odd = true;
            continue;
        }
        const auto holds = [&](const DnsList::Codes& codes) { return is_between(address, codes); };
        if (list.codes.empty() || std::ranges::any_of(list.codes, holds)) return Listed::yes;
    }
    return odd ? Listed::unknown : Listed::no;
}

class Reader {
  public:
    DnsLists read(std::span<const DnsListSource> sources) {
        for (const DnsListSource& source : sources) read_one(source);
        if (sources.size() > DnsList::most_lists)
            complain(sources[DnsList::most_lists].place, fmt::format("more than {} DNS lists", DnsList::most_lists));
        if (!out_.errors.empty()) out_.lists.clear();
        return std::move(out_);
    }

  private:
    void complain(Place place, std::string text) { out_.errors.push_back({place, std::move(text)}); }

    void read_one(const DnsListSource& source) {
        DnsList list;
        list.name = ascii::lower(source.name.text);
        if (list.name.empty() || list.name.contains(' '))
            complain(source.place, "a [[dns_list]] needs a name without blanks");
        if (std::ranges::find(out_.lists, list.name, &DnsList::name) != out_.lists.end())
            complain(source.name.place, fmt::format("a second DNS list named \"{}\"", escape::line(list.name, 80)));
        list.zone = dns::normalize(source.zone.text);
        if (!dns::is_hostname_like(list.zone))
            complain(source.zone.place.line == 0 ? source.place : source.zone.place,
                     fmt::format("zone: \"{}\" is no domain name", escape::line(source.zone.text, 80)));
        for (const SourceText& of : source.of) {
            const auto found = std::ranges::find(of_names, of.text);
            if (found == of_names.end())
                complain(of.place, "of: is one of client, ptr, helo, mail_from, from");
            else
                list.of.push_back(static_cast<ListOf>(found - of_names.begin()));
        }
        if (source.of.empty()) list.of = {ListOf::client};
        for (const SourceText& text : source.codes) {
            if (auto codes = DnsList::parse_codes(text.text))
                list.codes.push_back(*codes);
            else
                complain(text.place, std::move(codes.error().text));
        }
        out_.lists.push_back(std::move(list));
    }

    DnsLists out_;
};

} // namespace

std::string_view to_text(ListOf of) { return of_names[static_cast<std::size_t>(of)]; }

Expected<DnsList::Codes> DnsList::parse_codes(std::string_view text) {
    const auto wrong = [&] {
        return failure(fmt::format("codes: \"{}\" is no address of 127.0.0.0/8, no range and no network of them",
                                   escape::line(text, 80)));
    };
    if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
        const auto first = ip::Address::parse(ascii::trim(text.substr(0, dash)));
        const auto last = ip::Address::parse(ascii::trim(text.substr(dash + 1)));
        if (!first || !last || !is_in_127(*first) || !is_in_127(*last) || last->bytes() < first->bytes())
            return wrong();
        return Codes{*first, *last};
    }
    const auto network = ip::Prefix::parse(text);
    if (!network || !is_in_127(network->address) || network->length < 8) return wrong();
    auto first = network->address.bytes(), last = first;
    for (unsigned bit = network->length; bit < 32; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> bit % 8);
        first[bit / 8] = static_cast<std::uint8_t>(first[bit / 8] & ~mask);
        last[bit / 8] = static_cast<std::uint8_t>(last[bit / 8] | mask);
    }
    return Codes{ip::Address::from_v4({first[0], first[1], first[2], first[3]}),
                 ip::Address::from_v4({last[0], last[1], last[2], last[3]})};
}

DnsLists read_dns_lists(std::span<const DnsListSource> sources) { return Reader().read(sources); }

std::string question_name(const DnsList& list, const ip::Address& client) {
    std::string name = client.reverse_name(); // RFC 5782 2.1, 2.4
    const std::string_view arpa = client.is_v4() ? ".in-addr.arpa" : ".ip6.arpa";
    name.resize(name.size() - arpa.size());
    name += '.' + list.zone;
    return dns::is_valid(name) ? name : std::string();
}

std::string question_name(const DnsList& list, std::string_view domain) {
    std::string name = ascii::lower(domain);
    if (!dns::is_hostname_like(name) || !name.contains('.')) return {};
    name += '.' + list.zone; // RFC 5782 2.2
    return dns::is_valid(name) ? name : std::string();
}

dns::Flow<Listed> ask_dns_list(std::string name, std::shared_ptr<const DnsLists> lists, std::size_t index) {
    const dns::Answer answer = co_await dns::ask(name, dns::Type::a, "rules: DNS list");
    co_return meaning(lists->lists[index], *answer);
}

} // namespace bonafide::policy
