#include "conformance/kinds.hpp"
#include "spf/spf.hpp"

#include <stdexcept>

namespace bonafide::conformance {

Comparison run_spf(const Case& test, Files& files) {
    const auto& envelope = test.data.at("envelope").as_object();
    const auto client = ip::Address::parse(Case::text(envelope, "ip"));
    if (!client) throw std::runtime_error("no client address");
    const spf::Outcome outcome = dns::run(spf::check({.client = *client,
                                                      .helo = Case::text(envelope, "helo"),
                                                      .mail_from = Case::text(envelope, "mail_from"),
                                                      .receiver = Case::text(test.data, "receiver"),
                                                      .now = test.now(),
                                                      .limits = {}}),
                                          *files.zone(test));
    Comparison comparison;
    comparison.compare_member("spf", test.expect(), word(to_text(outcome.result)));
    if (outcome.result == spf::Result::fail)
        comparison.compare_member("explanation", test.expect(),
                                  word(outcome.explanation.empty() ? "DEFAULT" : outcome.explanation));
    return comparison;
}

} // namespace bonafide::conformance
