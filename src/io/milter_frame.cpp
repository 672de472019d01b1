#include "io/milter_frame.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::io::milter {
namespace {

/// Above this a kept buffer is given back when it is empty, so that an idle connection costs little.
constexpr std::size_t kept_capacity_most = 512;

std::uint32_t read_32(std::string_view bytes) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
    return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

bool carries_body(Command command) { return command == Command::body || command == Command::end_of_message; }

/// Most argument bytes of a command; nothing when there is no such command.
std::optional<std::size_t> most_bytes(char letter) {
    switch (static_cast<Command>(letter)) {
    case Command::body:
    case Command::end_of_message: return protocol_limits.body_bytes;
    case Command::header: return protocol_limits.header_bytes;
    case Command::macros: return protocol_limits.macro_bytes;
    case Command::abort:
    case Command::connect:
    case Command::helo:
    case Command::quit_new_connection:
    case Command::mail:
    case Command::end_of_header:
    case Command::negotiate:
    case Command::quit:
    case Command::rcpt:
    case Command::data:
    case Command::unknown: return protocol_limits.command_bytes;
    }
    return {};
}

struct Head {
    Command command;
    std::size_t argument_bytes;
};

/// The five bytes at the start of a packet.
std::expected<Head, ProtocolError> read_head(std::string_view bytes) {
    const std::uint32_t length = read_32(bytes);
    if (length == 0) return std::unexpected(ProtocolError{Fault::zero_length, 0});
    const auto most = most_bytes(bytes[4]);
    if (!most) return std::unexpected(ProtocolError{Fault::unknown_command, bytes[4]});
    if (length - 1 > *most) return std::unexpected(ProtocolError{Fault::oversized, bytes[4]});
    return Head{static_cast<Command>(bytes[4]), length - 1};
}

/// A length of zero shows in four bytes already; the fifth may never come.
bool starts_with_zero_length(std::string_view bytes) { return bytes.size() >= 4 && read_32(bytes) == 0; }

} // namespace

FrameReader::Next FrameReader::next() {
    if (kept() > 0) return next_kept();
    if (body_left_ > 0) {
        const auto piece = body_piece(input_);
        if (piece) input_.remove_prefix(piece->arguments.size());
        return piece;
    }
    if (input_.size() < head_bytes) {
        if (starts_with_zero_length(input_)) return std::unexpected(ProtocolError{Fault::zero_length, 0});
        keep();
        return std::nullopt;
    }
    const auto head = read_head(input_);
    if (!head) return std::unexpected(head.error());
    const std::size_t whole = head_bytes + head->argument_bytes;
    if (carries_body(head->command)) {
        input_.remove_prefix(head_bytes);
        body_command_ = head->command;
        body_left_ = head->argument_bytes;
        if (body_left_ == 0) return Frame{head->command, {}, true};
        return next();
    }
    if (input_.size() < whole) {
        keep();
        return std::nullopt;
    }
    const std::string_view packet = input_.substr(0, whole);
    input_.remove_prefix(whole);
    return Frame{head->command, packet.substr(head_bytes), true};
}

// The same over the bytes kept, which input_ completes as far as the packet at their front needs.
FrameReader::Next FrameReader::next_kept() {
    if (body_left_ > 0) {
        const auto piece = body_piece(std::string_view{kept_}.substr(kept_at_));
        use_kept(piece->arguments.size());
        return piece;
    }
    if (!fill_kept(head_bytes)) {
        if (starts_with_zero_length(std::string_view{kept_}.substr(kept_at_)))
            return std::unexpected(ProtocolError{Fault::zero_length, 0});
        return std::nullopt;
    }
    const auto head = read_head(std::string_view{kept_}.substr(kept_at_));
    if (!head) return std::unexpected(head.error());
    if (carries_body(head->command)) {
        use_kept(head_bytes);
        body_command_ = head->command;
        body_left_ = head->argument_bytes;
        if (body_left_ == 0) return Frame{head->command, {}, true};
        return next();
    }
    const std::size_t whole = head_bytes + head->argument_bytes;
    if (!fill_kept(whole)) return std::nullopt;
    const std::string_view packet = std::string_view{kept_}.substr(kept_at_, whole);
    use_kept(whole);
    return Frame{head->command, packet.substr(head_bytes), true};
}

/// Moves input to the kept bytes until there are `wanted`; false when the input does not suffice.
bool FrameReader::fill_kept(std::size_t wanted) {
    if (kept() >= wanted) return true;
    if (kept_at_ > 0) { // the packet moves to the front: at most once a packet, for it is the last one kept
        kept_.erase(0, kept_at_);
        kept_at_ = 0;
    }
    const std::size_t count = std::min(wanted - kept_.size(), input_.size());
    kept_.append(input_.substr(0, count));
    input_.remove_prefix(count);
    return kept_.size() == wanted;
}

/// The views given out stay valid until the next call: bytes are only marked as used here, and dropped by keep() and fill_kept().
void FrameReader::use_kept(std::size_t count) { kept_at_ += count; }

std::optional<Frame> FrameReader::body_piece(std::string_view available) {
    if (available.empty()) {
        keep();
        return std::nullopt;
    }
    const std::size_t count = std::min(body_left_, available.size());
    body_left_ -= count;
    return Frame{body_command_, available.substr(0, count), body_left_ == 0};
}

void FrameReader::keep() {
    if (kept_at_ == kept_.size()) {
        kept_at_ = 0;
        kept_.clear();
        if (kept_.capacity() > kept_capacity_most) std::string().swap(kept_);
    }
    kept_.append(input_);
    input_ = {};
}

std::expected<Offer, Fault> read_offer(std::string_view packet) {
    if (packet.size() < 12) return std::unexpected(Fault::truncated_arguments);
    // Longer offers are allowed: libmilter ignores what a newer MTA may add.
    return Offer{read_32(packet), read_32(packet.substr(4)), read_32(packet.substr(8))};
}

std::expected<Client, Fault> read_client(std::string_view packet) {
    const auto end = packet.find('\0');
    if (end == std::string_view::npos) return std::unexpected(Fault::missing_nul);
    Client client{packet.substr(0, end), {}, 0};
    packet.remove_prefix(end + 1);
    if (packet.empty()) return std::unexpected(Fault::truncated_arguments);
    const char family = packet.front();
    packet.remove_prefix(1);
    if (family == 'U') return client; // SMFIA_UNKNOWN: nothing follows
    if (family != '4' && family != '6' && family != 'L') return std::unexpected(Fault::truncated_arguments);
    if (packet.size() < 3) return std::unexpected(Fault::truncated_arguments);
    const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(packet[i])); };
    client.port = static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
    packet.remove_prefix(2);
    auto text = read_string(packet);
    if (!text) return std::unexpected(text.error());
    if (family == 'L') return client;
    if (family == '6' && ascii::istarts_with(*text, "ipv6:")) text->remove_prefix(5); // Sendmail's spelling
    client.address = ip::Address::parse(*text);
    return client;
}

std::expected<std::string_view, Fault> read_string(std::string_view packet) {
    const auto end = packet.find('\0');
    if (end == std::string_view::npos) return std::unexpected(Fault::missing_nul);
    if (end + 1 != packet.size()) return std::unexpected(Fault::excess_arguments);
    return packet.substr(0, end);
}

std::expected<Arguments, Fault> read_arguments(std::string_view packet) {
    Arguments result;
    while (!packet.empty()) {
        const auto end = packet.find('\0');
        if (end == std::string_view::npos) return std::unexpected(Fault::missing_nul);
        if (result.count_ == result.strings_.size()) return std::unexpected(Fault::excess_arguments);
        result.strings_[result.count_++] = packet.substr(0, end);
        packet.remove_prefix(end + 1);
    }
    if (result.count_ == 0) return std::unexpected(Fault::truncated_arguments);
    return result;
}

std::expected<Field, Fault> read_field(std::string_view packet) {
    const auto end = packet.find('\0');
    if (end == std::string_view::npos)
        return std::unexpected(packet.empty() ? Fault::truncated_arguments : Fault::missing_nul);
    const std::string_view rest = packet.substr(end + 1);
    if (rest.empty()) return std::unexpected(Fault::truncated_arguments);
    const auto value = read_string(rest);
    if (!value) return std::unexpected(value.error());
    return Field{packet.substr(0, end), *value};
}

} // namespace bonafide::io::milter
