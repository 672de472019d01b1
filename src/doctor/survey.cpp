#include "doctor/survey.hpp"

namespace bonafide::doctor {

bool Survey::parked() const {
    if (!subject.addresses.empty() || !subject.keys.empty() || !subject.sources.empty()) return false;
    if (spf.denies_all()) return true;
    return mx.takes_no_mail() && (!spf.root || spf.root->records == 0);
}

} // namespace bonafide::doctor
