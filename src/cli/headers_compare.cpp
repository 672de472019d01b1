#include "cli/headers_compare.hpp"

#include "authres/deployed.hpp"
#include "base/ascii.hpp"

#include <algorithm>
#include <optional>

namespace bonafide::cli::compare {
namespace {

using authres::MethodResult;

std::string property(const MethodResult& result, std::string_view name) {
    for (const authres::Property& property : result.properties)
        if (ascii::iequals(property.name, name)) return ascii::lower(property.value);
    return {};
}

/// Older words for the same in deployed software.
std::string normal(std::string_view result) {
    if (result == "hardfail") return "fail";
    if (result == "error") return "temperror";
    if (result == "unknown") return "permerror";
    return std::string(result);
}

std::string domain_of(std::string_view address) {
    const std::size_t at = address.rfind('@');
    return ascii::lower(at == std::string_view::npos ? address : address.substr(at + 1));
}

/// A signature that both sides may speak of.
struct Signature {
    std::string result, domain, selector, value;
};

bool begins_with_either(std::string_view a, std::string_view b) { return a.starts_with(b) || b.starts_with(a); }

bool same(const Signature& a, const Signature& b) {
    if (a.domain != b.domain) return false;
    if (!a.selector.empty() && !b.selector.empty() && a.selector != b.selector) return false;
    return begins_with_either(a.value, b.value);
}

/// What one side says, gathered from all of its fields.
struct Side {
    std::vector<MethodResult> results;

    /// The result that speaks for the method: of spf that of MAIL FROM before that of HELO.
    [[nodiscard]] const MethodResult* find(std::string_view method) const {
        const MethodResult* found = nullptr;
        for (const MethodResult& result : results) {
            if (result.method != method) continue;
            if (found == nullptr) found = &result;
            if (method == "spf" && property(*found, "mailfrom").empty() && !property(result, "mailfrom").empty())
                found = &result;
        }
        return found;
    }
    [[nodiscard]] std::vector<Signature> signatures() const {
        std::vector<Signature> all;
        for (const MethodResult& result : results) {
            if (result.method != "dkim") continue;
            Signature one{normal(result.result), property(result, "d"), property(result, "s"), {}};
            if (one.domain.empty()) one.domain = domain_of(property(result, "i"));
            for (const authres::Property& given : result.properties) // base64: letters have a case
                if (ascii::iequals(given.name, "b")) one.value = given.value;
            all.push_back(std::move(one));
        }
        return all;
    }
};

/// RFC 7208 9.1: "pass (comment) key=value; ...", as a result of spf.
std::optional<MethodResult> read_received_spf(std::string_view raw) {
    const std::string value = mail::unfold(raw);
    std::string_view text = ascii::trim(value);
    const std::size_t end = std::min(text.find_first_of(" \t("), text.size());
    MethodResult result;
    result.method = "spf";
    result.result = ascii::lower(text.substr(0, end));
    if (result.result.empty()) return {};
    const auto pair = [&](std::string_view key) -> std::string {
        const std::size_t at = value.find(std::string(key) + '=');
        if (at == std::string::npos) return {};
        std::string_view rest = std::string_view(value).substr(at + key.size() + 1);
        const bool quoted = rest.starts_with('"');
        if (quoted) rest.remove_prefix(1);
        return std::string(rest.substr(0, std::min(rest.find_first_of(quoted ? "\"" : "; \t"), rest.size())));
    };
    if (ascii::iequals(pair("identity"), "helo"))
        result.properties.push_back({"smtp", "helo", pair("helo")});
    else
        result.properties.push_back({"smtp", "mailfrom", pair("envelope-from")});
    return result;
}

std::vector<authres::Field> read_fields(const mail::HeaderBlock& header, std::string_view name) {
    std::vector<authres::Field> fields;
    for (const std::size_t index : header.find_all(name))
        if (auto read = authres::parse_deployed(header[index].value)) fields.push_back(std::move(read->field));
    return fields;
}

Side gather(std::vector<authres::Field> fields, const std::vector<std::string>& ids) {
    Side side;
    for (authres::Field& field : fields) {
        const bool is_of =
            std::ranges::any_of(ids, [&](const std::string& id) { return ascii::iequals(id, field.authserv_id); });
        if (!is_of) continue;
        for (MethodResult& result : field.results) side.results.push_back(std::move(result));
    }
    return side;
}

/// The authserv-ids of theirs, where nobody names them.
std::vector<std::string> ids_of(const std::vector<authres::Field>& ours, const std::vector<authres::Field>& theirs) {
    if (theirs.empty()) return {};
    if (!ours.empty() && std::ranges::any_of(theirs, [&](const authres::Field& field) {
            return ascii::iequals(field.authserv_id, ours.front().authserv_id);
        }))
        return {ours.front().authserv_id};
    return {theirs.front().authserv_id};
}

class Comparison {
  public:
    Comparison(const Side& ours, const Side& theirs, Compared& to) : ours_(ours), theirs_(theirs), to_(to) {}

    void run() {
        for (std::size_t i = 0; i < methods.size(); ++i)
            if (methods[i] == "dkim")
                signatures(i);
            else
                one(i);
    }

  private:
    void one(std::size_t index) {
        const MethodResult *ours = ours_.find(methods[index]), *theirs = theirs_.find(methods[index]);
        Tally& tally = to_.tallies[index];
        if (ours == nullptr || theirs == nullptr) {
            tally.only_ours += ours != nullptr;
            tally.only_theirs += theirs != nullptr;
            return;
        }
        settle(index, domain_of_result(*ours, *theirs), normal(theirs->result), normal(ours->result));
    }

    static std::string domain_of_result(const MethodResult& ours, const MethodResult& theirs) {
        for (const MethodResult* result : {&ours, &theirs})
            for (const std::string_view name : {"from", "mailfrom", "helo", "oldest-pass", "iprev"})
                if (const std::string value = property(*result, name); !value.empty()) return domain_of(value);
        return {};
    }

    void settle(std::size_t index, std::string domain, std::string theirs, std::string ours) {
        if (theirs == ours) {
            ++to_.tallies[index].agree;
            return;
        }
        ++to_.tallies[index].differ;
        to_.differences.push_back({methods[index], std::move(domain), std::move(theirs), std::move(ours)});
    }

    static std::string name_of(const Signature& signature) {
        return signature.selector.empty() ? signature.domain : signature.domain + '/' + signature.selector;
    }

    void signatures(std::size_t index) {
        std::vector<Signature> ours = ours_.signatures(), theirs = theirs_.signatures();
        if (ours.empty() || theirs.empty()) {
            to_.tallies[index].only_ours += !ours.empty();
            to_.tallies[index].only_theirs += !theirs.empty();
            return;
        }
        for (const Signature& own : ours) {
            const auto match = std::ranges::find_if(theirs, [&](const Signature& other) { return same(own, other); });
            if (match == theirs.end()) {
                settle(index, name_of(own), {}, own.result);
                continue;
            }
            settle(index, name_of(own), match->result, own.result);
            theirs.erase(match);
        }
        for (const Signature& other : theirs) settle(index, name_of(other), other.result, {});
    }

    const Side& ours_;
    const Side& theirs_;
    Compared& to_;
};

} // namespace

Compared compare(const mail::HeaderBlock& header, const Sides& sides) {
    std::vector<authres::Field> ours = read_fields(header, sides.ours), theirs = read_fields(header, sides.theirs);
    const auto ids = sides.authserv_ids.empty() ? ids_of(ours, theirs) : sides.authserv_ids;
    std::vector<std::string> own_id; // fields below the topmost of ours may be of another server of ours
    if (!ours.empty()) own_id.push_back(ours.front().authserv_id);
    const Side our_side = gather(std::move(ours), own_id);
    Side their_side = gather(std::move(theirs), ids);
    if (their_side.find("spf") == nullptr)
        for (const std::size_t index : header.find_all("Received-SPF"))
            if (auto result = read_received_spf(header[index].value)) {
                their_side.results.push_back(std::move(*result));
                break; // RFC 7208 9.1: the topmost is of the last server
            }
    Compared compared;
    compared.has_ours = !own_id.empty();
    compared.has_theirs = !their_side.results.empty();
    Comparison(our_side, their_side, compared).run();
    return compared;
}

} // namespace bonafide::cli::compare
