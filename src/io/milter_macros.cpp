#include "io/milter_macros.hpp"

#include <algorithm>
#include <ranges>

namespace bonafide::io::milter {
namespace {

/// In the order of a conversation, which is not that of the protocol's numbers.
constexpr std::array<Stage, macro_stages> in_order{
    Stage::connect, Stage::helo, Stage::mail, Stage::rcpt, Stage::data, Stage::end_of_header, Stage::end_of_message};

std::optional<Stage> stage_of(char letter) {
    switch (static_cast<Command>(letter)) {
    case Command::connect: return Stage::connect;
    case Command::helo: return Stage::helo;
    case Command::mail: return Stage::mail;
    case Command::rcpt: return Stage::rcpt;
    case Command::data: return Stage::data;
    case Command::end_of_header: return Stage::end_of_header;
    case Command::end_of_message: return Stage::end_of_message;
    default: return {};
    }
}

/// "{x}" is "x"; longer names keep their braces.
std::string_view plain(std::string_view name) {
    return name.size() == 3 && name.front() == '{' && name.back() == '}' ? name.substr(1, 1) : name;
}

std::optional<std::string_view> find_in(std::string_view packet, std::string_view name) {
    while (!packet.empty()) {
        const auto name_end = packet.find('\0');
        const auto value_end = packet.find('\0', name_end + 1);
        if (plain(packet.substr(0, name_end)) == name) return packet.substr(name_end + 1, value_end - name_end - 1);
        packet.remove_prefix(value_end + 1);
    }
    return {};
}

} // namespace

std::expected<void, Fault> Macros::take(std::string_view packet) {
    if (packet.empty()) return std::unexpected(Fault::truncated_arguments);
    const auto stage = stage_of(packet.front());
    packet.remove_prefix(1);
    if (!packet.empty() && packet.back() != '\0') return std::unexpected(Fault::missing_nul);
    if (std::ranges::count(packet, '\0') % 2 != 0) return std::unexpected(Fault::truncated_arguments);
    if (stage) packets_[static_cast<std::size_t>(*stage)] = packet;
    return {};
}

void Macros::forget_after(Stage stage) {
    bool later = false;
    for (const Stage each : in_order) {
        if (later) packets_[static_cast<std::size_t>(each)].clear();
        later = later || each == stage;
    }
}

void Macros::forget_message() {
    packets_[static_cast<std::size_t>(Stage::mail)].clear();
    forget_after(Stage::mail);
}

void Macros::forget_all() {
    for (std::string& packet : packets_) packet.clear();
}

std::string_view Macros::find(std::string_view name) const {
    for (const Stage stage : in_order | std::views::reverse)
        if (const auto value = find_in(packets_[static_cast<std::size_t>(stage)], plain(name))) return *value;
    return {};
}

} // namespace bonafide::io::milter
