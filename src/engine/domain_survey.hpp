// Runs the doctor's questions about one domain side by side, fetches the MTA-STS policy, and gives the survey. On the thread of the
// source; with a zone file (everything at hand) it is done before start() returns.
#pragma once

#include "dns/source.hpp"
#include "doctor/survey.hpp"
#include "engine/clock.hpp"
#include "engine/driver.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {

/// Fetches https://HOST/.well-known/mta-sts.txt from one of these addresses and no other; calls back once, on the caller's thread.
using PolicyFetch = std::function<void(std::string host, std::vector<ip::Address> addresses,
                                       std::function<void(doctor::PolicyDocument)> done)>;

class DomainSurvey {
  public:
    using Done = std::function<void(std::shared_ptr<const doctor::Survey>)>;

    /// `source` and `clock` outlive this. All questions together may take `time_allowed`; what is not answered then counts as timed out.
    DomainSurvey(dns::AsyncSource& source, const Clock& clock, std::chrono::milliseconds time_allowed,
                 doctor::Subject subject, PolicyFetch fetch, Done done);
    DomainSurvey(const DomainSurvey&) = delete;
    DomainSurvey& operator=(const DomainSurvey&) = delete;
    ~DomainSurvey();

    /// Once. `done` is called once, possibly before this returns, and may destroy this.
    void start();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace bonafide::engine
