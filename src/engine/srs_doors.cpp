#include "engine/srs_doors.hpp"

#include "base/escape.hpp"
#include "engine/srs_source.hpp"
#include "io/socketmap.hpp"
#include "io/tcp_table.hpp"

#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace bonafide::engine {
namespace {

using io::MapAnswer;

std::string_view name_of(SrsMap map) { return map == SrsMap::forward ? srs_forward_map : srs_reverse_map; }

/// Somebody tried, or lost mail: worth a line beside what is asked all day.
bool is_notable(srs::Cause cause) {
    return cause == srs::Cause::bad_hash || cause == srs::Cause::expired || cause == srs::Cause::too_long;
}

} // namespace

void SrsAnswers::use(std::shared_ptr<const srs::Rewriter> rewriter) {
    const std::scoped_lock lock(mutex_);
    rewriter_ = std::move(rewriter);
}

MapAnswer SrsAnswers::look_up(SrsMap map, std::string_view address) {
    std::shared_ptr<const srs::Rewriter> rewriter;
    {
        const std::scoped_lock lock(mutex_);
        rewriter = rewriter_;
    }
    if (rewriter == nullptr) return {MapAnswer::Kind::temporary, "no secrets yet"};
    const std::int64_t now = unix_time_();
    auto answer = map == SrsMap::forward ? rewriter->forward(address, now) : rewriter->reverse(address, now);
    tell(map, address, answer);
    if (!answer) return {MapAnswer::Kind::not_found, std::string(srs::to_text(answer.error()))};
    return {MapAnswer::Kind::found, *std::move(answer)};
}

MapAnswer SrsAnswers::look_up(const io::MapRequest& request) {
    if (request.map == srs_forward_map) return look_up(SrsMap::forward, request.key);
    if (request.map == srs_reverse_map) return look_up(SrsMap::reverse, request.key);
    log_.warning("srs.unknown_map", {{"map", escape::shortened(request.map)}});
    return {MapAnswer::Kind::permanent, fmt::format("the maps are {} and {}", srs_forward_map, srs_reverse_map)};
}

void SrsAnswers::tell(SrsMap map, std::string_view address, const std::expected<std::string, srs::Cause>& answer) {
    Counts& counts = counts_.at(static_cast<std::size_t>(map));
    if (answer) {
        counts.rewritten.fetch_add(1, std::memory_order_relaxed);
        log_.debug("srs.rewritten", {{"map", name_of(map)}, {"from", escape::shortened(address)}, {"to", *answer}});
        return;
    }
    counts.refused.at(static_cast<std::size_t>(answer.error())).fetch_add(1, std::memory_order_relaxed);
    const auto level = is_notable(answer.error()) ? io::Logger::Level::info : io::Logger::Level::debug;
    const std::string shown = escape::shortened(address);
    const io::Logger::Field fields[] = {
        {"map", name_of(map)}, {"address", shown}, {"why", srs::to_text(answer.error())}};
    log_.write(level, "srs.left", fields);
}

void SrsAnswers::register_metrics(io::Metrics& metrics) const {
    for (const SrsMap map : {SrsMap::forward, SrsMap::reverse}) {
        const Counts& counts = counts_.at(static_cast<std::size_t>(map));
        const auto count = [&](std::string_view result, const std::atomic<std::uint64_t>& value) {
            metrics.counter_from("bonafide_srs_total", "Look-ups of SRS addresses, by what came of them",
                                 {{"map", std::string(name_of(map))}, {"result", std::string(result)}},
                                 [&value] { return static_cast<double>(value.load(std::memory_order_relaxed)); });
        };
        count("rewritten", counts.rewritten);
        for (std::size_t i = 0; i < causes; ++i) count(srs::to_text(static_cast<srs::Cause>(i)), counts.refused.at(i));
    }
}

SrsDoors::SrsDoors(boost::asio::io_context& context, const Settings& settings, io::Logger& log)
    : answers_(log), server_(context, {.socket_mode = settings.server.socket_mode},
                             {[&log](std::string_view why) { log.warning("srs.connection_closed", {{"why", why}}); },
                              [&log](std::string_view why) { log.error("accept.failed", {{"why", why}}); }}) {}

Expected<void> SrsDoors::listen(const Settings::Srs& settings) {
    const auto at = [this](std::string_view setting, const std::vector<std::string>& addresses,
                           const io::MapProtocol& protocol, const io::MapLookup& look_up) -> Expected<void> {
        for (const std::string& address : addresses) {
            auto bound = server_.listen(address, protocol, look_up);
            if (!bound) return failure(fmt::format("{}: {}", setting, bound.error().text));
            addresses_.push_back(*std::move(bound));
        }
        return {};
    };
    const auto only = [this](SrsMap map) {
        return [this, map](const io::MapRequest& request) { return answers_.look_up(map, request.key); };
    };
    if (auto listening = at("srs.socketmap", settings.socketmap, io::socketmap::protocol,
                            [this](const io::MapRequest& request) { return answers_.look_up(request); });
        !listening)
        return listening;
    if (auto listening = at("srs.tcp_forward", settings.tcp_forward, io::tcp_table::protocol, only(SrsMap::forward));
        !listening)
        return listening;
    return at("srs.tcp_reverse", settings.tcp_reverse, io::tcp_table::protocol, only(SrsMap::reverse));
}

Expected<std::unique_ptr<SrsDoors>> SrsDoors::start(boost::asio::io_context& context, const Settings& settings,
                                                    io::Logger& log, io::Metrics& metrics) {
    if (!has_srs_doors(settings.srs)) return nullptr;
    std::unique_ptr<SrsDoors> doors(new SrsDoors(context, settings, log));
    auto prepared = prepare(settings);
    if (!prepared) return std::unexpected(std::move(prepared.error()));
    doors->use(*std::move(prepared));
    if (auto listening = doors->listen(settings.srs); !listening) return std::unexpected(std::move(listening.error()));
    doors->answers_.register_metrics(metrics);
    const auto of = [server = &doors->server_](std::uint64_t io::MapServerCounters::* member) {
        return [server, member] { return static_cast<double>(server->counters().*member); };
    };
    using Counters = io::MapServerCounters;
    metrics.gauge_from("bonafide_srs_connections", "Open connections of mail servers that ask for SRS addresses", {},
                       of(&Counters::open));
    metrics.counter_from("bonafide_srs_refused_total", "Connections beyond what one daemon takes", {},
                         of(&Counters::refused));
    metrics.counter_from("bonafide_srs_protocol_errors_total", "Connections closed for what the mail server sent", {},
                         of(&Counters::errors));
    metrics.counter_from("bonafide_srs_timeouts_total", "Connections closed for silence", {}, of(&Counters::timeouts));
    doors->server_.start();
    return doors;
}

Expected<SrsDoors::Prepared> SrsDoors::prepare(const Settings& settings) {
    if (!has_srs_doors(settings.srs)) return nullptr; // what stays open until the restart answers as before
    auto rewriter = read_rewriter(settings);
    if (!rewriter) return std::unexpected(std::move(rewriter.error()));
    return std::make_shared<const srs::Rewriter>(*std::move(rewriter));
}

void SrsDoors::use(Prepared prepared) {
    if (prepared != nullptr) answers_.use(std::move(prepared));
}

} // namespace bonafide::engine
