#include "engine/service_metrics.hpp"

#include <string>

namespace bonafide::engine {
namespace {

void register_milter(io::Metrics& metrics, const ServiceParts& parts) {
    using Counters = io::milter::ServerCounters;
    const auto of = [&server = parts.server](std::uint64_t Counters::* member) {
        return [&server, member] { return static_cast<double>(server.counters().*member); };
    };
    metrics.gauge_from("bonafide_milter_connections", "Open milter connections", {}, of(&Counters::open));
    metrics.counter_from("bonafide_milter_accepted_total", "Milter connections accepted", {}, of(&Counters::accepted));
    metrics.counter_from("bonafide_milter_refused_total", "Milter connections beyond server.most_connections", {},
                         of(&Counters::refused));
    metrics.counter_from("bonafide_milter_accept_errors_total", "Failures of accept()", {},
                         of(&Counters::accept_errors));
    metrics.counter_from("bonafide_milter_protocol_errors_total", "Connections closed for what the MTA sent", {},
                         of(&Counters::protocol_errors));
    metrics.counter_from("bonafide_milter_timeouts_total",
                         "Connections closed for silence, and answers of ours given up for lateness", {},
                         of(&Counters::timeouts));
    metrics.counter_from("bonafide_milter_disconnects_total", "Connections the MTA left without a quit", {},
                         of(&Counters::disconnects));
    metrics.counter_from("bonafide_milter_left_out_total", "Header changes and replies the MTA had not agreed to", {},
                         of(&Counters::left_out));
}

void register_resolvers(io::Metrics& metrics, const ServiceParts& parts) {
    using Stats = io::Resolver::Stats;
    using Validation = io::Resolver::Validation;
    const Sources& sources = parts.sources;
    const auto of = [&sources](auto member) {
        return [&sources, member] { return static_cast<double>(sources.stats().*member); };
    };
    metrics.counter_from("bonafide_dns_queries_total", "Questions sent to the DNS servers", {}, of(&Stats::asked));
    metrics.counter_from("bonafide_dns_joined_total", "Questions answered together with the same one under way", {},
                         of(&Stats::joined));
    metrics.counter_from("bonafide_dns_timeouts_total", "Questions without an answer within dns.timeout", {},
                         of(&Stats::timeouts));
    metrics.counter_from("bonafide_dns_failures_total", "Queries that ended in SERVFAIL or REFUSED", {},
                         of(&Stats::failures));
    metrics.counter_from("bonafide_dns_bogus_total", "Answers whose DNSSEC signatures do not hold", {},
                         of(&Stats::bogus));
    metrics.counter_from("bonafide_dns_overflows_total", "Questions given up at once because too many were waiting", {},
                         of(&Stats::overflows));
    metrics.gauge_from("bonafide_dns_under_way", "Queries sent and waited for", {}, of(&Stats::under_way));
    metrics.gauge_from("bonafide_dns_queued", "Questions waiting to be sent", {}, of(&Stats::queued));
    for (const Validation state : {Validation::off, Validation::probing, Validation::stripped, Validation::on})
        metrics.gauge_from("bonafide_dns_validation",
                           "Worker threads by the state of their DNSSEC validation; stripped: the servers pass no "
                           "signatures on",
                           {{"state", std::string(to_text(state))}},
                           [&sources, state] { return static_cast<double>(sources.validating(state)); });
}

void register_cache(io::Metrics& metrics, const ServiceParts& parts) {
    using Stats = io::AnswerCache::Stats;
    const auto of = [&sources = parts.sources](auto member) {
        return [&sources, member] { return static_cast<double>(sources.cache_stats().*member); };
    };
    metrics.counter_from("bonafide_dns_cache_hits_total", "Questions answered from the cache", {}, of(&Stats::hits));
    metrics.counter_from("bonafide_dns_cache_misses_total", "Questions not in the cache", {}, of(&Stats::misses));
    metrics.counter_from("bonafide_dns_cache_evictions_total", "Answers dropped before their time for want of room", {},
                         of(&Stats::evictions));
    metrics.gauge_from("bonafide_dns_cache_entries", "Answers in the cache", {}, of(&Stats::entries));
}

void register_ledger(io::Metrics& metrics, const ServiceParts& parts) {
    using Counters = Ledger::Counters;
    const auto of = [&ledger = parts.ledger](auto member) {
        return [&ledger, member] { return static_cast<double>(ledger.counters().*member); };
    };
    metrics.counter_from("bonafide_history_cache_hits_total", "Histories that were in memory", {},
                         of(&Counters::cache_hits));
    metrics.counter_from("bonafide_history_cache_misses_total", "Histories that were not", {},
                         of(&Counters::cache_misses));
    metrics.gauge_from("bonafide_history_cached", "Histories in memory", {}, of(&Counters::cached));
    metrics.counter_from("bonafide_history_unread_total", "Messages whose history could not be read", {},
                         of(&Counters::unread));
    metrics.counter_from("bonafide_ledger_batches_total", "Batches written to the ledger", {},
                         of(&Counters::written_batches));
    metrics.counter_from("bonafide_ledger_failures_total", "Batches the ledger did not take", {},
                         of(&Counters::failed_batches));
    metrics.gauge_from("bonafide_ledger_waiting", "Messages and counts that are not written yet", {},
                       of(&Counters::waiting));
    metrics.counter_from("bonafide_ledger_dropped_total",
                         "Messages and counts that never will be, since too many were waiting", {},
                         of(&Counters::dropped));
    metrics.counter_from("bonafide_ledger_prune_failures_total",
                         "Times the ledger could not forget what is past its retention or bounds", {},
                         [&failures = parts.prune_failures] { return static_cast<double>(failures.value()); });
    metrics.gauge_from("bonafide_ledger_failing", "1 while the ledger takes nothing", {}, of(&Counters::failing));
}

void register_greylist(io::Metrics& metrics, const ServiceParts& parts) {
    using Counters = Greylist::Counters;
    const auto of = [&greylist = parts.greylist](auto member) {
        return [&greylist, member] { return static_cast<double>(greylist.counters().*member); };
    };
    const auto count = [&](std::string_view what, std::uint64_t Counters::* member) {
        metrics.counter_from("bonafide_greylist_total", "Messages that greylisting looked at, by what came of it",
                             {{"result", std::string(what)}}, of(member));
    };
    count("deferred", &Counters::deferred_first);
    count("deferred-again", &Counters::deferred_early);
    count("verified", &Counters::verified);
    count("known", &Counters::known);
    count("exempt", &Counters::exempt);
    count("mixed", &Counters::mixed);
    count("unanswered", &Counters::unanswered);
    count("full", &Counters::full);
    metrics.gauge_from("bonafide_greylist_cached", "Greylisting states in memory", {}, of(&Counters::cached));
    metrics.gauge_from("bonafide_greylist_failing", "1 while greylisting states cannot be written", {},
                       of(&Counters::failing));
}

void register_notices(io::Metrics& metrics, const ServiceParts& parts) {
    using Counters = Notices::Counters;
    const auto of = [&notices = parts.notices](auto member) {
        return [&notices, member] { return static_cast<double>(notices.counters().*member); };
    };
    const auto count = [&](std::string_view what, std::uint64_t Counters::* member) {
        metrics.counter_from("bonafide_notices_total",
                             "Notices of rules that say notify, by what came of them; held: within notify.interval",
                             {{"result", std::string(what)}}, of(member));
    };
    count("sent", &Counters::sent);
    count("failed", &Counters::failed);
    count("dropped", &Counters::dropped);
    count("held", &Counters::held);
    metrics.gauge_from("bonafide_notices_waiting", "Notices that are not sent yet", {}, of(&Counters::waiting));
}

void register_signing(io::Metrics& metrics, const ServiceParts& parts) {
    const auto of = [&signing = parts.signing](auto member) {
        return [&signing, member] { return static_cast<double>(signing.counters().*member); };
    };
    using Counters = SigningSource::Counters;
    metrics.gauge_from("bonafide_signing_domains", "Domains with keys", {}, of(&Counters::domains));
    metrics.gauge_from("bonafide_signing_keys_active", "Keys that sign", {}, of(&Counters::active));
    metrics.gauge_from("bonafide_signing_failing", "1 while keys, tables or secrets cannot be read", {},
                       of(&Counters::failing));
}

void register_senders(io::Metrics& metrics, const ServiceParts& parts) {
    const auto of = [&senders = parts.senders](auto member) {
        return [&senders, member] { return static_cast<double>(senders.counters().*member); };
    };
    using Counters = SenderTables::Counters;
    metrics.gauge_from("bonafide_recipient_senders", "Safe and blocked senders of recipients", {},
                       of(&Counters::entries));
    metrics.gauge_from("bonafide_recipient_scripts", "Sieve scripts of users that are looked at", {},
                       of(&Counters::scripts));
    metrics.gauge_from("bonafide_recipient_senders_failing", "1 while some source of them cannot be read", {},
                       of(&Counters::failing));
}

} // namespace

void register_service_metrics(io::Metrics& metrics, ServiceParts parts) {
    register_milter(metrics, parts);
    register_resolvers(metrics, parts);
    register_cache(metrics, parts);
    register_ledger(metrics, parts);
    register_greylist(metrics, parts);
    register_notices(metrics, parts);
    register_senders(metrics, parts);
    register_signing(metrics, parts);
    metrics.counter_from("bonafide_log_lines_lost_total", "Log lines that could not be written", {},
                         [&log = parts.log] { return static_cast<double>(log.lost()); });
    metrics.counter_from("bonafide_internal_errors_total", "Exceptions caught on our side", {}, [parts] {
        return static_cast<double>(parts.server.counters().exceptions + parts.internal_errors.value());
    });
    metrics.gauge_from("bonafide_build_info", "Always 1; the label is the version", {{"version", BONAFIDE_VERSION}},
                       [] { return 1.0; });
}

} // namespace bonafide::engine
