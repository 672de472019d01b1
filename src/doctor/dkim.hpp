// The DKIM keys of the domain: which selectors there are, what stands at them, and what is wrong with it (RFC 6376 3.6, RFC 8301, RFC 8463).
#pragma once

#include "dns/flow.hpp"
#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace bonafide::doctor {

inline constexpr std::size_t most_selectors = 300;     ///< asked for one domain
inline constexpr std::size_t most_zone_names = 10'000; ///< of a zone file, searched for keys in the wrong place
inline constexpr std::size_t most_misplaced_keys = 5;  ///< named

struct Selector {
    std::string name;
    SelectorOrigin origin = SelectorOrigin::table;
};
/// Those given, those of keys in use, those of zone files, else the usual ones; each once.
[[nodiscard]] std::vector<Selector> selectors_to_ask(const Subject& subject);

[[nodiscard]] dns::Flow<DkimKey> survey_selector(Subject subject, std::string selector, SelectorOrigin origin);
/// What lies around the keys: whether any can exist, and whether every selector is answered alike. Keys are left empty.
[[nodiscard]] dns::Flow<DkimSurvey> survey_dkim_surroundings(Subject subject);
/// Keeps the keys that were asked for by name, and of the others those where something stands of its own.
[[nodiscard]] DkimSurvey gather(DkimSurvey surroundings, std::vector<DkimKey> keys);
/// All of that, one after another.
[[nodiscard]] dns::Flow<DkimSurvey> survey_dkim(Subject subject);

void judge_dkim(const Survey& all, std::vector<Finding>& findings);

/// Keys that domains examined one after another have in common, though they are of different organizations and not by an alias to a
/// common provider.
class SharedKeys {
  public:
    void judge(const Survey& survey, std::vector<Finding>& findings);

  private:
    struct Owner {
        std::string domain, organization;
    };
    std::map<std::string, Owner> seen_; ///< p= -> who had it first
};

} // namespace bonafide::doctor
