#include "dns/zone_data.hpp"

#include "base/ascii.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace bonafide::dns {
namespace {

/// A failed look-up proves nothing about the zone, except that validation failed.
Answer failed_answer(Status status) {
    return make_answer(status, 0, status == Status::bogus ? Dnssec::bogus : Dnssec::indeterminate);
}

/// IANA's types beside those of dns::Type, as they may stand in a served zone.
constexpr std::array<std::string_view, 62> other_types{
    "A6",    "AFSDB",    "AMTRELAY",   "APL",    "ATMA",  "AVC",   "CAA",    "CDNSKEY", "CDS",    "CERT",  "CSYNC",
    "DHCID", "DLV",      "DNAME",      "DNSKEY", "DS",    "EID",   "EUI48",  "EUI64",   "GPOS",   "HINFO", "HIP",
    "HTTPS", "IPSECKEY", "ISDN",       "KEY",    "KX",    "L32",   "L64",    "LOC",     "LP",     "MB",    "MD",
    "MF",    "MG",       "MINFO",      "MR",     "NAPTR", "NID",   "NIMLOC", "NSAP",    "NSEC",   "NSEC3", "NSEC3PARAM",
    "NULL",  "NXT",      "OPENPGPKEY", "PX",     "RP",    "RRSIG", "RT",     "SIG",     "SMIMEA", "SRV",   "SSHFP",
    "SVCB",  "TA",       "TLSA",       "URI",    "WKS",   "X25",   "ZONEMD"};

} // namespace

bool is_unmodelled_type(std::string_view word) {
    if (std::any_of(other_types.begin(), other_types.end(), [&](auto type) { return ascii::iequals(type, word); }))
        return true;
    return ascii::istarts_with(word, "TYPE") && ascii::parse_decimal(word.substr(4)).has_value(); // RFC 3597 5
}

std::size_t zone_slot(Type type) {
    switch (type) {
    case Type::a: return 0;
    case Type::ns: return 1;
    case Type::cname: return 2;
    case Type::soa: return 3;
    case Type::ptr: return 4;
    case Type::mx: return 5;
    case Type::txt: return 6;
    case Type::aaaa: return 7;
    case Type::spf: return 8;
    }
    std::unreachable();
}

ZoneBuilder::Draft& ZoneBuilder::draft(std::string_view name) {
    const std::string normal = normalize(name);
    const auto [it, added] = drafts_.try_emplace(normal);
    Draft& result = it->second; // stays where it is while parents are added
    if (added && shape_ == Shape::tree) add_parents(normal);
    return result;
}

/// RFC 8020 and RFC 4592 2.2.2: empty non-terminals exist. Stops at the first known parent, whose own parents are known then.
void ZoneBuilder::add_parents(std::string_view name) {
    while (!name.empty()) {
        name = parent(name);
        if (!drafts_.try_emplace(std::string(name)).second) return;
    }
}

AnswerData& ZoneBuilder::records(std::string_view name, Type type, std::uint32_t ttl) {
    auto& own = draft(name).own[zone_slot(type)];
    if (own == nullptr) {
        own = std::make_shared<AnswerData>();
        own->ttl = ttl;
        own->dnssec = Dnssec::insecure;
    }
    own->ttl = std::min(own->ttl, ttl);
    return *own;
}

bool ZoneBuilder::clashes_with_alias(std::string_view name, Type type) const {
    const auto it = drafts_.find(normalize(name));
    if (it == drafts_.end()) return false;
    const auto& own = it->second.own;
    if (type != Type::cname) return own[zone_slot(Type::cname)] != nullptr;
    return std::any_of(own.begin(), own.end(), [](const auto& records) { return records != nullptr; });
}

void ZoneBuilder::fail(std::string_view name, Type type, Status status) {
    draft(name).failed[zone_slot(type)] = status;
}

void ZoneBuilder::fail_all(std::string_view name, Status status) { draft(name).failed.fill(status); }

void ZoneBuilder::fail_unlisted(std::string_view name, Status status) { draft(name).unlisted = status; }

std::unique_ptr<Zone::Data> ZoneBuilder::finish() {
    auto data = std::make_unique<Zone::Data>();
    data->absent = make_answer(Status::nx_domain, negative_ttl_, Dnssec::insecure);
    make_own_answers(*data);
    if (shape_ == Shape::tree) link_wildcards(*data);
    follow_aliases(*data);
    return data;
}

/// All but what a CNAME answers; those places stay null for follow_aliases.
void ZoneBuilder::make_own_answers(Zone::Data& data) {
    const Answer nothing = make_answer(Status::no_data, negative_ttl_, Dnssec::insecure);
    const std::size_t cname = zone_slot(Type::cname);
    data.names.reserve(drafts_.size());
    for (auto& [name, draft] : drafts_) {
        const bool is_alias = draft.own[cname] != nullptr && !draft.own[cname]->names.empty() && !draft.failed[cname];
        auto& answers = data.names[name].answers;
        for (std::size_t i = 0; i < zone_types; ++i) {
            if (draft.failed[i]) {
                answers[i] = failed_answer(*draft.failed[i]);
            } else if (const auto& own = draft.own[i]; own != nullptr) {
                const bool has_data =
                    !own->txt.empty() || !own->addresses.empty() || !own->mx.empty() || !own->names.empty();
                own->status = has_data ? Status::ok : Status::no_data;
                own->aliased = i == cname;
                answers[i] = own;
            } else if (!is_alias) {
                answers[i] = draft.unlisted ? failed_answer(*draft.unlisted) : nothing;
            }
        }
    }
    drafts_.clear();
}

void ZoneBuilder::link_wildcards(Zone::Data& data) const {
    for (const auto& [name, entry] : data.names) {
        if (name != "*" && !name.starts_with("*.")) continue;
        data.names.find(parent(name))->second.wildcard = &entry; // RFC 4592 2.1.1; the parent exists in a tree
        data.has_wildcards = true;
    }
}

/// Fills the places a CNAME answers. The answers are set only after all chains were followed, so that each chain is counted in full.
void ZoneBuilder::follow_aliases(Zone::Data& data) {
    const std::size_t cname = zone_slot(Type::cname);
    const Answer loop = make_answer(Status::cname_loop);
    std::map<std::pair<const AnswerData*, std::uint32_t>, Answer>
        shared; // many aliases of one name share one copy of its records
    std::vector<std::pair<Answer*, Answer>> found;
    for (auto& [name, entry] : data.names) {
        for (std::size_t i = 0; i < zone_types; ++i) {
            if (entry.answers[i] != nullptr) continue;
            const Zone::Data::Name* at = &entry;
            std::uint32_t ttl = entry.answers[cname]->ttl;
            unsigned hops = 0;
            while (at != nullptr && at->answers[i] == nullptr && hops <= zone_cname_hops) {
                ttl = std::min(ttl, at->answers[cname]->ttl);
                at = data.find(at->answers[cname]->names.front());
                ++hops;
            }
            const Answer& end = hops > zone_cname_hops ? loop : at == nullptr ? data.absent : at->answers[i];
            Answer& copy = shared[{end.get(), std::min(ttl, end->ttl)}];
            if (copy == nullptr) {
                auto made = std::make_shared<AnswerData>(*end);
                made->aliased = true;
                made->ttl = std::min(ttl, end->ttl);
                copy = std::move(made);
            }
            found.emplace_back(&entry.answers[i], copy);
        }
    }
    for (auto& [place, answer] : found) *place = std::move(answer);
}

} // namespace bonafide::dns
