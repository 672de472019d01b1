#include "year_tally.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <iterator>

namespace bonafide::year {
namespace {

constexpr std::array sides{Side::legitimate, Side::attack, Side::preparation};

std::string_view to_text(Side side) {
    switch (side) {
    case Side::legitimate: return "legitimate";
    case Side::preparation: return "preparation";
    case Side::attack: return "attack";
    }
    return "attack";
}

/// "plain DMARC" and "ours" of a row: what counts against each.
std::uint64_t wrong(Side side, std::uint64_t all, std::uint64_t delivered) {
    return side == Side::legitimate ? all - delivered : delivered;
}

double share(std::uint64_t part, std::uint64_t of) {
    return of == 0 ? 0 : static_cast<double>(part) / static_cast<double>(of);
}

} // namespace

bool Tally::plain_delivers(const verdict::Facts& facts) {
    return facts.dmarc.value->result != dmarc::Result::fail ||
           facts.dmarc.value->disposition.value_or(dmarc::Policy::none) == dmarc::Policy::none;
}

bool Tally::ours_delivers(const verdict::Judgement& judgement) {
    return judgement.suggestion <= verdict::Suggestion::mark;
}

void Tally::count(const Mail& mail, const verdict::Facts& facts, const verdict::Judgement& judgement) {
    const KindRow& kind = row_of(mail.kind);
    Row& row = rows_[static_cast<std::size_t>(mail.kind)];
    ++row.sum.all;
    row.sum.plain += plain_delivers(facts) ? 1 : 0;
    row.sum.ours += ours_delivers(judgement) ? 1 : 0;
    ++row.suggestions[static_cast<std::size_t>(judgement.suggestion)];
    const std::string code = fmt::format("{} {}", to_text(judgement.result), verdict::reason_text(judgement.reason));
    ++codes_[code][static_cast<std::size_t>(kind.side)];
    if (kind.side != Side::legitimate || !judgement.indicators.first_contact) return;
    ++first_contacts_;
    if (judgement.suggestion == verdict::Suggestion::reject) ++first_contacts_refused_;
}

Tally::Sum Tally::sum(Side side) const {
    Sum sum;
    for (const KindRow& kind : kind_rows()) {
        if (kind.side != side) continue;
        const Sum& row = rows_[static_cast<std::size_t>(kind.kind)].sum;
        sum.all += row.all;
        sum.plain += row.plain;
        sum.ours += row.ours;
    }
    return sum;
}

std::string Tally::text() const {
    std::string out;
    const auto put = [&](auto format, const auto&... values) {
        fmt::vformat_to(std::back_inserter(out), fmt::string_view(format), fmt::make_format_args(values...));
    };
    for (const Side side : sides) {
        put("{:<46}{:>9}{:>9}{:>9}   deliver/mark/junk/quarantine/reject\n",
            side == Side::legitimate ? "legitimate, withheld by:"
            : side == Side::attack   ? "attacks, delivered by:"
                                     : "preparations, delivered by:",
            "messages", "DMARC", "ours");
        for (const KindRow& kind : kind_rows()) {
            if (kind.side != side) continue;
            const Row& row = rows_[static_cast<std::size_t>(kind.kind)];
            put("  {:<44}{:>9}{:>9}{:>9}   {}/{}/{}/{}/{}\n", kind.name, row.sum.all,
                wrong(side, row.sum.all, row.sum.plain), wrong(side, row.sum.all, row.sum.ours), row.suggestions[0],
                row.suggestions[1], row.suggestions[2], row.suggestions[3], row.suggestions[4]);
        }
        const Sum all = sum(side);
        const std::uint64_t plain = wrong(side, all.all, all.plain), ours = wrong(side, all.all, all.ours);
        put("  {:<44}{:>9}{:>9}{:>9}   {:.2f} % and {:.2f} %; ours to DMARC {:.3f}\n", "all", all.all, plain, ours,
            100 * share(plain, all.all), 100 * share(ours, all.all), share(ours, plain));
    }
    put("legitimate first contacts: {}, refused: {}\n", first_contacts_, first_contacts_refused_);
    put("people said: {} wanted, {} unwanted; pasts at the end: {}\n", words_ham, words_spam, pasts);
    put("judge(): {:.2f} us with history, {:.2f} us without\n", with_history.microseconds(),
        without_history.microseconds());
    put("{:<46}{:>9}{:>9}{:>9}\n", "codes", "legit.", "prep.", "attacks");
    for (const auto& [code, counts] : codes_) put("  {:<44}{:>9}{:>9}{:>9}\n", code, counts[0], counts[1], counts[2]);
    return out;
}

std::string Tally::json() const {
    namespace json = boost::json;
    json::object out{{"seed", seed}};
    for (const Side side : sides) {
        const Sum all = sum(side);
        json::object rows;
        for (const KindRow& kind : kind_rows())
            if (const Row& row = rows_[static_cast<std::size_t>(kind.kind)]; kind.side == side)
                rows[kind.name] = {{"messages", row.sum.all},
                                   {"delivered_by_dmarc", row.sum.plain},
                                   {"delivered", row.sum.ours},
                                   {"suggestions", json::value_from(row.suggestions)}};
        out[to_text(side)] = {{"messages", all.all},
                              {"delivered_by_dmarc", all.plain},
                              {"delivered", all.ours},
                              {"kinds", std::move(rows)}};
    }
    json::object codes;
    for (const auto& [code, counts] : codes_)
        codes[code] = {{"legitimate", counts[0]}, {"preparation", counts[1]}, {"attack", counts[2]}};
    out["codes"] = std::move(codes);
    out["first_contacts"] = first_contacts_;
    out["first_contacts_refused"] = first_contacts_refused_;
    out["words"] = {{"ham", words_ham}, {"spam", words_spam}};
    out["pasts"] = pasts;
    out["judge_microseconds"] = {{"with_history", with_history.microseconds()},
                                 {"without_history", without_history.microseconds()}};
    return json::serialize(out);
}

} // namespace bonafide::year
