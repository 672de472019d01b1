// replace_txt: one UPDATE message, its TSIG and the server's.
#include "base/escape.hpp"
#include "io/direct_dns.hpp"
#include "io/ldns_parts.hpp"
#include "sign/record.hpp"

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
ldns::Rdata address_of(ldns_rdf_type type, const std::string& text) {
    return ldns::Rdata(ldns_rdf_new_frm_str(type, text.c_str()));
}

/// RFC 2136 2.5.2: class ANY, TTL 0 and no data delete an RRset.
ldns::Record deletion(ldns::Rdata owner) { return without_data(std::move(owner), LDNS_RR_CLASS_ANY); }
/// RFC 2136 2.4.3: class NONE demands that there is no RRset.
ldns::Record absence(ldns::Rdata owner) { return without_data(std::move(owner), LDNS_RR_CLASS_NONE); }

Expected<void> push_strings(ldns_rr& record, std::span<const std::string> strings) {
    for (const std::string& piece : strings) {
        constexpr std::size_t most = 255;
        if (piece.size() > most) return failure("a string of the record is longer than 255 bytes");
        std::string wire(1, static_cast<char>(static_cast<unsigned char>(piece.size())));
        wire += piece;
        ldns_rr_push_rdf(&record, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_STR, wire.size(), wire.data()));
    }
    return {};
}

/// RFC 2136 2.5.1.
Expected<ldns::Record> addition(ldns::Rdata owner, const TxtUpdate& update) {
    ldns::Record record(ldns_rr_new());
    ldns_rr_set_owner(record.get(), owner.release());
    ldns_rr_set_type(record.get(), LDNS_RR_TYPE_TXT);
    ldns_rr_set_class(record.get(), LDNS_RR_CLASS_IN);
    ldns_rr_set_ttl(record.get(), update.ttl);
    if (auto pushed = push_strings(*record, update.strings); !pushed) return std::unexpected(pushed.error());
    return record;
}

Error unwritable(const dns::Record& record) {
    return Error{escape::line(record.name) + " " + std::string(dns::to_text(record.type)) +
                     " cannot be written into an update",
                 Error::nowhere,
                 {}};
}

/// With its data; class IN and its TTL to be added, class NONE and TTL 0 to be deleted (RFC 2136 2.5.4).
Expected<ldns::Record> with_data(const dns::Record& from, bool to_be_added) {
    ldns::Rdata owner = ldns::name_of(from.name);
    if (owner == nullptr) return std::unexpected(unwritable(from));
    ldns::Record record(ldns_rr_new());
    ldns_rr_set_owner(record.get(), owner.release());
    ldns_rr_set_class(record.get(), to_be_added ? LDNS_RR_CLASS_IN : LDNS_RR_CLASS_NONE);
    ldns_rr_set_ttl(record.get(), to_be_added ? from.ttl : 0);
    const auto push = [&](ldns_rr_type type, ldns::Rdata data) -> bool {
        ldns_rr_set_type(record.get(), type);
        return data != nullptr && ldns_rr_push_rdf(record.get(), data.release());
    };
    bool written = false;
    switch (from.type) {
    case dns::Type::txt: {
        ldns_rr_set_type(record.get(), LDNS_RR_TYPE_TXT);
        std::vector<std::string> strings;
        for (const std::string_view piece : sign::record_strings(from.value)) strings.emplace_back(piece);
        if (auto pushed = push_strings(*record, strings); !pushed) return std::unexpected(pushed.error());
        written = !strings.empty();
        break;
    }
    case dns::Type::mx:
        written = push(LDNS_RR_TYPE_MX, ldns::Rdata(ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16, from.preference))) &&
                  push(LDNS_RR_TYPE_MX,
                       from.value.empty() ? ldns::Rdata(ldns_dname_new_frm_str(".")) : ldns::name_of(from.value));
        break;
    case dns::Type::cname: written = push(LDNS_RR_TYPE_CNAME, ldns::name_of(from.value)); break;
    case dns::Type::a: written = push(LDNS_RR_TYPE_A, address_of(LDNS_RDF_TYPE_A, from.value)); break;
    case dns::Type::aaaa: written = push(LDNS_RR_TYPE_AAAA, address_of(LDNS_RDF_TYPE_AAAA, from.value)); break;
    default: break;
    }
    if (!written) return std::unexpected(unwritable(from));
    return record;
}

Expected<ldns::Packet> update_message(const std::string& zone, const ldns::Records& prerequisites,
                                      const ldns::Records& changes) {
    ldns::Rdata name = ldns::name_of(zone);
    if (name == nullptr) return failure(escape::line(zone) + " is no name that can be updated");
    ldns::Packet message(
        ldns_update_pkt_new(name.get(), LDNS_RR_CLASS_IN, prerequisites.get(), changes.get(), nullptr));
    if (message == nullptr) return failure("the update cannot be written");
    (void)name.release(); // the message's now
    ldns_pkt_set_random_id(message.get());
    return message;
}

Expected<ldns::Packet> message_of(const TxtUpdate& update) {
    ldns::Rdata name = ldns::name_of(update.name), again = ldns::name_of(update.name);
    if (name == nullptr || again == nullptr)
        return failure(escape::line(update.name) + " is no name that can be updated");
    auto added = addition(std::move(again), update);
    if (!added) return std::unexpected(added.error());
    const ldns::Records changes(ldns_rr_list_new());
    ldns_rr_list_push_rr(changes.get(), deletion(std::move(name)).release());
    ldns_rr_list_push_rr(changes.get(), added->release());
    const ldns::Records prerequisites(ldns_rr_list_new());
    if (update.only_if_absent) ldns_rr_list_push_rr(prerequisites.get(), absence(ldns::name_of(update.name)).release());
    return update_message(update.zone, prerequisites, changes);
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

/// Signs and sends; `what` is changed, for errors.
Expected<void> send(const ip::Endpoint& server, ldns_pkt& message, const std::string& what,
                    const std::optional<sign::TsigKey>& key, std::chrono::milliseconds timeout) {
    if (key && ldns_pkt_tsig_sign(&message, (key->name + ".").c_str(), key->secret.c_str(), fudge,
                                  (key->algorithm + ".").c_str(), nullptr) != LDNS_STATUS_OK)
        return failure("the update cannot be signed with the TSIG key " + key->name);
    const auto reply = ldns::exchange(server, message, DnsTransport::tcp, timeout);
    if (!reply) return std::unexpected(reply.error());
    const auto said = [&](std::string_view fault) {
        return failure(fmt::format("{} answered the update of {} with {}", server.text(), what, fault));
    };
    if (const std::string_view fault = tsig_fault(reply->packet.get()); !fault.empty()) return said(fault);
    const ldns_pkt_rcode code = ldns_pkt_get_rcode(reply->packet.get());
    if (const std::string_view fault = refusal(code); !fault.empty()) return said(fault);
    if (!key) return {};
    // RFC 8945 5.3: a reply to a signed message that is not signed, or signed otherwise, may be anybody's.
    const ldns_rr* const own = ldns_pkt_tsig(&message);
    const ldns_rdf* const mac = own == nullptr ? nullptr : ldns_rr_rdf(own, tsig_mac);
    if (ldns_pkt_tsig(reply->packet.get()) == nullptr ||
        !ldns_pkt_tsig_verify(reply->packet.get(), reply->wire.data(), reply->wire.size(), (key->name + ".").c_str(),
                              key->secret.c_str(), mac))
        return said("a reply whose TSIG signature does not hold");
    return {};
}

} // namespace

Expected<void> replace_txt(const ip::Endpoint& server, const TxtUpdate& update, const std::optional<sign::TsigKey>& key,
                           std::chrono::milliseconds timeout) {
    auto message = message_of(update);
    if (!message) return std::unexpected(message.error());
    return send(server, **message, fmt::format("{} in {}", update.name, update.zone), key, timeout);
}

Expected<void> change_records(const ip::Endpoint& server, const std::string& zone,
                              std::span<const dns::RecordChange> changes, const std::optional<sign::TsigKey>& key,
                              std::chrono::milliseconds timeout) {
    const ldns::Records updates(ldns_rr_list_new()), prerequisites(ldns_rr_list_new());
    for (const dns::RecordChange& change : changes)
        for (const bool to_be_added : {false, true})
            for (const dns::Record& one : to_be_added ? change.add : change.remove) {
                auto record = with_data(one, to_be_added);
                if (!record) return std::unexpected(record.error());
                ldns_rr_list_push_rr(updates.get(), record->release());
            }
    auto message = update_message(zone, prerequisites, updates);
    if (!message) return std::unexpected(message.error());
    return send(server, **message, zone, key, timeout);
}

} // namespace bonafide::io
