#include "io/milter_negotiation.hpp"

#include "io/milter_encode.hpp"

#include <algorithm>
#include <array>

namespace bonafide::io::milter {
namespace {

struct StageBits {
    Stage stage;
    std::uint32_t omit;          ///< SMFIP_NO*
    std::uint32_t silent;        ///< SMFIP_NR_*
    std::uint32_t since_version; ///< an older MTA has no such command
};
constexpr std::array stage_bits{
    StageBits{Stage::connect, step::no_connect, step::silent_connect, 2},
    StageBits{Stage::helo, step::no_helo, step::silent_helo, 2},
    StageBits{Stage::mail, step::no_mail, step::silent_mail, 2},
    StageBits{Stage::rcpt, step::no_rcpt, step::silent_rcpt, 2},
    StageBits{Stage::data, step::no_data, step::silent_data, 4},
    StageBits{Stage::header, step::no_header, step::silent_header, 2},
    StageBits{Stage::end_of_header, step::no_end_of_header, step::silent_end_of_header, 2},
    StageBits{Stage::body, step::no_body, step::silent_body, 2},
    StageBits{Stage::unknown, step::no_unknown, step::silent_unknown, 3},
};

std::uint32_t agreed_actions(std::uint32_t offered, const Needs& needs) {
    std::uint32_t wanted = 0;
    if (needs.change_headers) wanted |= action::add_headers | action::change_headers;
    if (needs.quarantine) wanted |= action::quarantine;
    if (std::ranges::any_of(needs.macros, [](std::string_view list) { return !list.empty(); }))
        wanted |= action::macro_lists;
    return offered & wanted;
}

std::uint32_t agreed_steps(std::uint32_t offered, const Needs& needs) {
    std::uint32_t wanted = step::skip;
    if (needs.rejected_recipients) wanted |= step::rejected_recipients;
    if (needs.leading_space) wanted |= step::leading_space;
    for (const StageBits& bits : stage_bits) {
        if (!needs.events.has(bits.stage)) wanted |= bits.omit;
        if (!needs.replies.has(bits.stage)) wanted |= bits.silent;
    }
    return offered & wanted;
}

template<class Predicate> StageSet stages_where(Predicate holds) {
    StageSet result;
    for (const StageBits& bits : stage_bits)
        if (holds(bits)) result = result.with(bits.stage);
    return result;
}

} // namespace

std::expected<Agreement, Fault> negotiate(const Offer& offer, const Needs& needs) {
    if (offer.version < oldest_version) return std::unexpected(Fault::old_version);
    const std::uint32_t actions = agreed_actions(offer.actions == 0 ? action::version_1 : offer.actions, needs);
    const std::uint32_t steps = agreed_steps(offer.steps == 0 ? step::version_1 : offer.steps, needs);

    Agreement result;
    result.answer = {std::min(offer.version, newest_version), actions, steps};
    Negotiated& terms = result.terms;
    terms.version = result.answer.version;
    terms.add_headers = (actions & action::add_headers) != 0;
    terms.change_headers = (actions & action::change_headers) != 0;
    terms.quarantine = (actions & action::quarantine) != 0;
    terms.macro_lists = (actions & action::macro_lists) != 0;
    terms.skip = (steps & step::skip) != 0;
    terms.rejected_recipients = (steps & step::rejected_recipients) != 0;
    terms.leading_space = (steps & step::leading_space) != 0;
    terms.silent = stages_where([&](const StageBits& bits) { return (steps & bits.silent) != 0; });
    terms.events = stages_where(
        [&](const StageBits& bits) { return needs.events.has(bits.stage) && offer.version >= bits.since_version; });

    std::string arguments;
    for (const std::uint32_t value : {result.answer.version, actions, steps}) append_number(arguments, value);
    for (std::size_t stage = 0; terms.macro_lists && stage < macro_stages; ++stage) {
        if (needs.macros[stage].empty()) continue;
        append_number(arguments, static_cast<std::uint32_t>(stage));
        arguments += needs.macros[stage];
        arguments += '\0';
    }
    append_packet(result.packet, response::negotiate, arguments);
    return result;
}

} // namespace bonafide::io::milter
