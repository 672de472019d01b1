#include "io/direct_dns.hpp"

#include "dns/name.hpp"
#include "io/ldns_parts.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <span>
#include <utility>

namespace bonafide::io {
namespace {

constexpr std::uint16_t udp_bytes = 1232; // what passes everywhere unfragmented (DNS flag day 2020)
constexpr int most_aliases = 8;
constexpr std::size_t most_records = 1000;

DirectAnswer fault(dns::Status status, std::string why) {
    DirectAnswer answer;
    answer.data.status = status;
    answer.fault = std::move(why);
    return answer;
}

/// The strings of a TXT record joined (RFC 6376 3.6.2.2).
std::string joined(const ldns_rr* record) {
    std::string text;
    for (std::size_t i = 0; i < ldns_rr_rd_count(record); ++i) {
        const ldns_rdf* part = ldns_rr_rdf(record, i);
        const std::span bytes(ldns_rdf_data(part), ldns_rdf_size(part));
        if (bytes.size() > 1) text.append(reinterpret_cast<const char*>(bytes.data()) + 1, bytes.size() - 1);
    }
    return text;
}

/// Reads the answer section for `name`, following its aliases.
class Reader {
  public:
    Reader(const ldns_pkt* packet, dns::Type type) : packet_(packet), type_(static_cast<ldns_rr_type>(type)) {}

    DirectAnswer read(std::string name) {
        bool aliased = false;
        for (int i = 0; type_ != LDNS_RR_TYPE_CNAME && i < most_aliases && take_alias(name); ++i) aliased = true;
        answer_.data.aliased = aliased;
        take_records(name);
        take_authority();
        const dns::AnswerData& data = answer_.data;
        const bool found = !data.txt.empty() || !data.names.empty() || !data.mx.empty() || !data.addresses.empty();
        const ldns_pkt_rcode code = ldns_pkt_get_rcode(packet_);
        if (found)
            answer_.data.status = dns::Status::ok;
        else if (code == LDNS_RCODE_NXDOMAIN)
            answer_.data.status = dns::Status::nx_domain;
        else
            answer_.data.status = dns::Status::no_data;
        // Without a SOA of its own zone nothing is known of the target.
        if (aliased && !found && !dns::is_equal_or_below(name, answer_.zone)) answer_.alias = name;
        answer_.owner = std::move(name);
        return std::move(answer_);
    }

  private:
    template<class Each> static void for_each(const ldns_rr_list* list, Each&& each) {
        if (list == nullptr) return;
        const std::size_t count = std::min(ldns_rr_list_rr_count(list), most_records);
        for (std::size_t i = 0; i < count; ++i) each(ldns_rr_list_rr(list, i));
    }

    bool take_alias(std::string& name) {
        std::string target;
        for_each(ldns_pkt_answer(packet_), [&](const ldns_rr* record) {
            if (ldns_rr_get_type(record) == LDNS_RR_TYPE_CNAME && ldns::text_of(ldns_rr_owner(record)) == name &&
                ldns_rr_rd_count(record) == 1)
                target = ldns::text_of(ldns_rr_rdf(record, 0));
        });
        if (target.empty()) return false;
        name = std::move(target);
        return true;
    }

    void take_records(const std::string& name) {
        bool first = true;
        for_each(ldns_pkt_answer(packet_), [&](const ldns_rr* record) {
            if (ldns_rr_get_type(record) != type_ || ldns::text_of(ldns_rr_owner(record)) != name) return;
            const std::uint32_t ttl = ldns_rr_ttl(record);
            answer_.data.ttl = first ? ttl : std::min(answer_.data.ttl, ttl);
            first = false;
            take_record(record);
        });
    }

    void take_record(const ldns_rr* record) {
        const std::size_t fields = ldns_rr_rd_count(record);
        switch (type_) {
        case LDNS_RR_TYPE_TXT:
        case LDNS_RR_TYPE_SPF: answer_.data.txt.push_back(joined(record)); break;
        case LDNS_RR_TYPE_NS:
        case LDNS_RR_TYPE_PTR:
        case LDNS_RR_TYPE_CNAME:
            if (fields == 1) answer_.data.names.push_back(ldns::text_of(ldns_rr_rdf(record, 0)));
            break;
        case LDNS_RR_TYPE_MX:
            if (fields == 2)
                answer_.data.mx.push_back(
                    {ldns_rdf2native_int16(ldns_rr_rdf(record, 0)), ldns::text_of(ldns_rr_rdf(record, 1))});
            break;
        case LDNS_RR_TYPE_A:
        case LDNS_RR_TYPE_AAAA:
            if (fields == 1) take_address(ldns_rr_rdf(record, 0));
            break;
        case LDNS_RR_TYPE_SOA:
            if (fields > 0) answer_.data.names.push_back(ldns::text_of(ldns_rr_rdf(record, 0)));
            take_soa(record);
            break;
        default: break;
        }
    }

    void take_address(const ldns_rdf* data) {
        const std::span bytes(ldns_rdf_data(data), ldns_rdf_size(data));
        std::array<std::uint8_t, 4> v4{};
        std::array<std::uint8_t, 16> v6{};
        if (bytes.size() == v4.size()) {
            std::ranges::copy(bytes, v4.begin());
            answer_.data.addresses.push_back(ip::Address::from_v4(v4));
        } else if (bytes.size() == v6.size()) {
            std::ranges::copy(bytes, v6.begin());
            answer_.data.addresses.push_back(ip::Address::from_v6_unmapped(v6));
        }
    }

    void take_authority() {
        for_each(ldns_pkt_authority(packet_), [&](const ldns_rr* record) {
            if (ldns_rr_get_type(record) == LDNS_RR_TYPE_SOA) take_soa(record);
        });
    }

    void take_soa(const ldns_rr* record) {
        constexpr std::size_t fields = 7, serial = 2, minimum = 6;
        if (ldns_rr_rd_count(record) != fields) return;
        answer_.zone = ldns::text_of(ldns_rr_owner(record));
        answer_.data.serial = ldns_rdf2native_int32(ldns_rr_rdf(record, serial));
        // RFC 2308 5: the lesser of the SOA's TTL and its MINIMUM.
        answer_.negative_ttl = std::min(ldns_rr_ttl(record), ldns_rdf2native_int32(ldns_rr_rdf(record, minimum)));
    }

    const ldns_pkt* packet_;
    ldns_rr_type type_;
    DirectAnswer answer_;
};

} // namespace

DirectAnswer read_direct_answer(std::span<const std::uint8_t> message, const std::string& name, dns::Type type,
                                Recursion recursion) {
    const ldns::Packet owned = ldns::read_packet(message);
    const ldns_pkt* const packet = owned.get();
    if (packet == nullptr) return fault(dns::Status::serv_fail, "the answer is not readable");
    const ldns_pkt_rcode code = ldns_pkt_get_rcode(packet);
    if (code == LDNS_RCODE_REFUSED) return fault(dns::Status::refused, "the server refused to answer");
    if (code != LDNS_RCODE_NOERROR && code != LDNS_RCODE_NXDOMAIN)
        return fault(dns::Status::serv_fail, "the server failed to answer");
    if (recursion == Recursion::no && !ldns_pkt_aa(packet))
        return fault(dns::Status::refused, fmt::format("the server is not authoritative for {}", name));
    return Reader(packet, type).read(name);
}

DirectAnswer ask_directly(const ip::Endpoint& server, const std::string& name, dns::Type type,
                          std::chrono::milliseconds timeout, Recursion recursion) {
    ldns::Rdata owner = ldns::name_of(name);
    if (owner == nullptr) return fault(dns::Status::serv_fail, name + " is no name that can be asked for");
    const std::uint16_t flags = recursion == Recursion::yes ? LDNS_RD : 0;
    const ldns::Packet query(
        ldns_pkt_query_new(owner.release(), static_cast<ldns_rr_type>(type), LDNS_RR_CLASS_IN, flags));
    if (query == nullptr) return fault(dns::Status::serv_fail, "the question cannot be written");
    ldns_pkt_set_random_id(query.get());
    ldns_pkt_set_edns_udp_size(query.get(), udp_bytes);
    auto reply = ldns::exchange(server, *query, DnsTransport::udp, timeout);
    const bool is_cut = reply && ldns_pkt_tc(reply->packet.get());
    if (is_cut) reply = ldns::exchange(server, *query, DnsTransport::tcp, timeout);
    if (!reply) return fault(is_cut ? dns::Status::truncated : dns::Status::timeout, reply.error().text);
    if (ldns_pkt_tc(reply->packet.get()))
        return fault(dns::Status::truncated, server.text() + " cut its answer short over TCP");
    DirectAnswer answer = read_direct_answer(reply->wire, name, type, recursion);
    if (!answer.fault.empty()) answer.fault = fmt::format("{}: {}", server.text(), answer.fault);
    return answer;
}

} // namespace bonafide::io
