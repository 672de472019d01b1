#include "engine/domain_survey.hpp"

#include "doctor/bimi.hpp"
#include "doctor/dkim.hpp"
#include "doctor/dmarc.hpp"
#include "doctor/local_zone.hpp"
#include "doctor/mta_sts.hpp"
#include "doctor/mx.hpp"
#include "doctor/reverse.hpp"
#include "doctor/servers.hpp"
#include "doctor/spf.hpp"
#include "doctor/tls_rpt.hpp"

#include <utility>

namespace bonafide::engine {

/// Stages: the records of the domain; then what they lead to (sending addresses, the servers' own answers, the policy document).
struct DomainSurvey::State : std::enable_shared_from_this<State> {
    State(dns::AsyncSource& source, const Clock& clock, std::chrono::milliseconds time_allowed, PolicyFetch policy,
          Done callback)
        : driver(source, clock, time_allowed, [](std::string_view) {}), fetch(std::move(policy)),
          done(std::move(callback)) {}

    void records();
    void consequences();
    void finish();

    /// Runs `flow` within the present stage; `keep` takes its result.
    template<class T, class Keep> void run(dns::Flow<T> flow, Keep keep) {
        ++pending;
        driver.run(std::move(flow), [weak = weak_from_this(), keep = std::move(keep)](T result) mutable {
            const auto self = weak.lock();
            if (!self) return;
            keep(std::move(result));
            self->one_done();
        });
    }
    void one_done() {
        if (--pending == 0) std::exchange(next, nullptr)();
    }

    Driver driver;
    PolicyFetch fetch;
    Done done;
    std::shared_ptr<doctor::Survey> survey = std::make_shared<doctor::Survey>();
    std::vector<doctor::DkimKey> keys;
    std::vector<doctor::SpfSubdomain> subdomains;
    std::size_t pending = 0;
    std::function<void()> next;
};

void DomainSurvey::State::records() {
    doctor::Survey& all = *survey;
    const doctor::Subject& subject = all.subject;
    pending = 1; // this function itself: stages do not end while they begin
    next = [this] { consequences(); };
    run(doctor::survey_spf(subject), [&all](doctor::SpfSurvey part) { all.spf = std::move(part); });
    run(doctor::survey_dkim_surroundings(subject), [&all](doctor::DkimSurvey part) { all.dkim = std::move(part); });
    for (const doctor::Selector& one : doctor::selectors_to_ask(subject))
        run(doctor::survey_selector(subject, one.name, one.origin),
            [this](doctor::DkimKey key) { keys.push_back(std::move(key)); });
    run(doctor::survey_dmarc(subject), [&all](doctor::DmarcSurvey part) { all.dmarc = std::move(part); });
    run(doctor::survey_mx(subject), [&all](doctor::MxSurvey part) { all.mx = std::move(part); });
    run(doctor::survey_mta_sts(subject), [&all](doctor::MtaStsSurvey part) { all.mta_sts = std::move(part); });
    run(doctor::survey_tls_rpt(subject), [&all](doctor::TlsRptSurvey part) { all.tls_rpt = std::move(part); });
    run(doctor::survey_bimi(subject), [&all](doctor::BimiSurvey part) { all.bimi = std::move(part); });
    for (const std::string& name : doctor::subdomains_to_ask(subject))
        run(doctor::survey_subdomain(subject, name),
            [this](doctor::SpfSubdomain one) { subdomains.push_back(std::move(one)); });
    if (!subject.all_of_dns)
        run(doctor::survey_servers(subject), [&all](doctor::ServersSurvey part) { all.servers = std::move(part); });
    if (subject.local_zone)
        run(doctor::survey_local_zone(subject),
            [&all](doctor::LocalZoneSurvey part) { all.local_zone = std::move(part); });
    one_done();
}

void DomainSurvey::State::consequences() {
    doctor::Survey& all = *survey;
    all.dkim = doctor::gather(std::move(all.dkim), std::move(keys));
    for (doctor::SpfSubdomain& one : subdomains)
        if (one.node) all.spf.subdomains.emplace(std::move(one.name), std::move(one.node));
    pending = 1;
    next = [this] { finish(); };
    for (const auto& [name, node] : all.spf.subdomains)
        if (!name.starts_with('*'))
            run(doctor::survey_dmarc_below(name), [&all, name](std::string record) {
                if (!record.empty()) all.dmarc.below.emplace(name, std::move(record));
            });
    for (const doctor::SendingAddress& sending : doctor::sending_addresses(all))
        run(doctor::survey_reverse(sending),
            [&all](doctor::ReverseAddress one) { all.reverse.addresses.push_back(std::move(one)); });
    for (doctor::ZoneServer& server : std::exchange(all.servers.servers, {}))
        run(doctor::ask_server(std::move(server), all.servers.zone, doctor::names_for_servers(all)),
            [&all](doctor::ZoneServer one) { all.servers.servers.push_back(std::move(one)); });
    if (all.subject.mta_sts_policy) {
        all.mta_sts.document = {.tried = true, .body = *all.subject.mta_sts_policy};
    } else if (fetch && doctor::wants_policy(all.mta_sts)) {
        ++pending;
        fetch("mta-sts." + all.subject.domain, all.mta_sts.addresses,
              [weak = weak_from_this()](doctor::PolicyDocument document) {
                  const auto self = weak.lock();
                  if (!self) return;
                  self->survey->mta_sts.document = std::move(document);
                  self->one_done();
              });
    }
    one_done();
}

void DomainSurvey::State::finish() {
    const auto keep = shared_from_this();
    std::exchange(done, nullptr)(survey);
}

DomainSurvey::DomainSurvey(dns::AsyncSource& source, const Clock& clock, std::chrono::milliseconds time_allowed,
                           doctor::Subject subject, PolicyFetch fetch, Done done)
    : state_(std::make_shared<State>(source, clock, time_allowed, std::move(fetch), std::move(done))) {
    state_->survey->subject = std::move(subject);
}
DomainSurvey::~DomainSurvey() = default;

void DomainSurvey::start() {
    const auto keep = state_;
    keep->records();
}

} // namespace bonafide::engine
