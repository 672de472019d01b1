// replace_txt: one UPDATE message, its TSIG and the server's.
#include "base/escape.hpp"
#include "io/direct_dns.hpp"
#include "io/ldns_parts.hpp"

#include <array>
#include <fmt/format.h>
#include <utility>

namespace bonafide::io {
namespace {

constexpr std::uint16_t fudge = 300; // seconds, RFC 8945 10
constexpr std::size_t tsig_mac = 3, tsig_error = 5, tsig_fields = 7;

ldns::Record without_data(ldns::Rdata owner, ldns_rr_class of) {
    ldns::Record record(ldns_rr_new());
    ldns_rr_set_owner(record.get(), owner.release());
    ldns_rr_set_type(record.get(), LDNS_RR_TYPE_TXT);
    ldns_rr_set_class(record.get(), of);
    ldns_rr_set_ttl(record.get(), 0);
    return record;
}
/// RFC 2136 2.5.2: class ANY, TTL 0 and no data delete an RRset.
ldns::Record deletion(ldns::Rdata owner) { return without_data(std::move(owner), LDNS_RR_CLASS_ANY); }
/// RFC 2136 2.4.3: class NONE demands that there is no RRset.
ldns::Record absence(ldns::Rdata owner) { return without_data(std::move(owner), LDNS_RR_CLASS_NONE); }

/// RFC 2136 2.5.1.
Expected<ldns::Record> addition(ldns::Rdata owner, const TxtUpdate& update) {
    ldns::Record record(ldns_rr_new());
    ldns_rr_set_owner(record.get(), owner.release());
    ldns_rr_set_type(record.get(), LDNS_RR_TYPE_TXT);
    ldns_rr_set_class(record.get(), LDNS_RR_CLASS_IN);
    ldns_rr_set_ttl(record.get(), update.ttl);
    for (const std::string& piece : update.strings) {
        constexpr std::size_t most = 255;
        if (piece.size() > most) return failure("a string of the record is longer than 255 bytes");
        std::string wire(1, static_cast<char>(static_cast<unsigned char>(piece.size())));
        wire += piece;
        ldns_rr_push_rdf(record.get(), ldns_rdf_new_frm_data(LDNS_RDF_TYPE_STR, wire.size(), wire.data()));
    }
    return record;
}

Expected<ldns::Packet> message_of(const TxtUpdate& update) {
    ldns::Rdata zone = ldns::name_of(update.zone), name = ldns::name_of(update.name),
                again = ldns::name_of(update.name);
    if (zone == nullptr || name == nullptr || again == nullptr)
        return failure(escape::line(update.name) + " is no name that can be updated");
    auto added = addition(std::move(again), update);
    if (!added) return std::unexpected(added.error());
    const ldns::Records changes(ldns_rr_list_new());
    ldns_rr_list_push_rr(changes.get(), deletion(std::move(name)).release());
    ldns_rr_list_push_rr(changes.get(), added->release());
    const ldns::Records prerequisites(ldns_rr_list_new());
    if (update.only_if_absent) ldns_rr_list_push_rr(prerequisites.get(), absence(ldns::name_of(update.name)).release());
    ldns::Packet message(
        ldns_update_pkt_new(zone.get(), LDNS_RR_CLASS_IN, prerequisites.get(), changes.get(), nullptr));
    if (message == nullptr) return failure("the update cannot be written");
    (void)zone.release(); // the message's now
    ldns_pkt_set_random_id(message.get());
    return message;
}

/// RFC 8945 3: what the server thinks of our signature; empty: nothing wrong, or it said nothing.
std::string_view tsig_fault(const ldns_pkt* reply) {
    const ldns_rr* const tsig = ldns_pkt_tsig(reply);
    if (tsig == nullptr || ldns_rr_rd_count(tsig) != tsig_fields) return "";
    switch (ldns_rdf2native_int16(ldns_rr_rdf(tsig, tsig_error))) {
    case 0: return "";
    case 16: return "BADSIG: the secret of the TSIG key is another there";
    case 17: return "BADKEY: it does not know the TSIG key by this name and algorithm";
    case 18: return "BADTIME: its clock and ours are too far apart";
    case 22: return "BADTRUNC: the signature is too short for it";
    default: return "an error of TSIG that is not known";
    }
}

std::string_view refusal(ldns_pkt_rcode code) {
    switch (code) {
    case LDNS_RCODE_NOERROR: return "";
    case LDNS_RCODE_FORMERR: return "FORMERR: it cannot read updates";
    case LDNS_RCODE_SERVFAIL: return "SERVFAIL: it failed to make the change";
    case LDNS_RCODE_NOTIMPL: return "NOTIMP: it takes no dynamic updates";
    case LDNS_RCODE_REFUSED: return "REFUSED: it does not allow us to change this name";
    case LDNS_RCODE_YXRRSET: return "YXRRSET: somebody has put a record there meanwhile";
    case LDNS_RCODE_NOTAUTH: return "NOTAUTH: it is not the primary of this zone, or does not accept the TSIG key";
    case LDNS_RCODE_NOTZONE: return "NOTZONE: the name is not in this zone";
    default: return "an error";
    }
}

} // namespace

Expected<void> replace_txt(const ip::Endpoint& server, const TxtUpdate& update, const std::optional<sign::TsigKey>& key,
                           std::chrono::milliseconds timeout) {
    auto message = message_of(update);
    if (!message) return std::unexpected(message.error());
    if (key && ldns_pkt_tsig_sign(message->get(), (key->name + ".").c_str(), key->secret.c_str(), fudge,
                                  (key->algorithm + ".").c_str(), nullptr) != LDNS_STATUS_OK)
        return failure("the update cannot be signed with the TSIG key " + key->name);
    const auto reply = ldns::exchange(server, **message, DnsTransport::tcp, timeout);
    if (!reply) return std::unexpected(reply.error());
    const auto said = [&](std::string_view what) {
        return failure(
            fmt::format("{} answered the update of {} in {} with {}", server.text(), update.name, update.zone, what));
    };
    if (const std::string_view fault = tsig_fault(reply->packet.get()); !fault.empty()) return said(fault);
    const ldns_pkt_rcode code = ldns_pkt_get_rcode(reply->packet.get());
    if (const std::string_view fault = refusal(code); !fault.empty()) return said(fault);
    if (!key) return {};
    // RFC 8945 5.3: a reply to a signed message that is not signed, or signed otherwise, may be anybody's.
    const ldns_rr* const own = ldns_pkt_tsig(message->get());
    const ldns_rdf* const mac = own == nullptr ? nullptr : ldns_rr_rdf(own, tsig_mac);
    if (ldns_pkt_tsig(reply->packet.get()) == nullptr ||
        !ldns_pkt_tsig_verify(reply->packet.get(), reply->wire.data(), reply->wire.size(), (key->name + ".").c_str(),
                              key->secret.c_str(), mac))
        return said("a reply whose TSIG signature does not hold");
    return {};
}

} // namespace bonafide::io
