#include "dkim/body_hash.hpp"

#include "base/ascii.hpp"
#include "dkim/odd_space.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace bonafide::dkim {

/// Gathers short pieces of canonical text so that the hash is fed large ones. Lives on the stack of one call.
class BodyHash::Stage {
  public:
    explicit Stage(BodyHash& target) : target_(target) {}
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    ~Stage() = default;

    void append(std::string_view text) {
        if (text.size() > buffer_.size() - used_ || text.size() >= worth_passing_on) flush();
        if (text.size() >= worth_passing_on) return target_.write(text);
        used_ += text.copy(buffer_.data() + used_, text.size());
    }
    void put(char c) {
        if (used_ == buffer_.size()) flush();
        buffer_[used_++] = c;
    }
    void flush() {
        if (used_ != 0) target_.write({buffer_.data(), used_});
        used_ = 0;
    }

  private:
    static constexpr std::size_t worth_passing_on = 512; // from here on a copy costs more than a call
    BodyHash& target_;
    std::size_t used_ = 0;
    std::array<char, 4096> buffer_; // not initialized: only what was written is read
};

namespace {

constexpr std::size_t cache_line = 64;

void prefetch(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); i += cache_line) __builtin_prefetch(text.data() + i);
}

} // namespace

void BodyHash::want(std::optional<std::uint64_t> length) {
    if (!length) {
        whole_ = true;
        return;
    }
    const auto place = std::ranges::lower_bound(marks_, *length, {}, &Mark::length);
    if (place == marks_.end() || place->length != *length) marks_.insert(place, Mark{*length, {}});
}

std::vector<std::optional<std::uint64_t>> BodyHash::wanted() const {
    std::vector<std::optional<std::uint64_t>> lengths;
    for (const Mark& mark : marks_) lengths.emplace_back(mark.length);
    if (whole_) lengths.emplace_back();
    return lengths;
}

bool BodyHash::is_blank(char c) const {
    return c == '\n' || c == '\r' || (kind_ == Canonicalization::relaxed && ascii::is_wsp(c));
}

void BodyHash::update(std::string_view chunk) {
    Stage stage(*this);
    std::size_t at = 0;
    while (at != chunk.size() && holds_back()) step(stage, chunk[at++]);
    chunk.remove_prefix(at);

    // Up to its last byte of content, everything in the chunk is decided within the chunk: the fast way. What trails it is not.
    std::size_t decided = chunk.size();
    while (decided != 0 && is_blank(chunk[decided - 1])) --decided;
    if (decided != 0) {
        content_ = true;
        const std::string_view text = chunk.substr(0, decided);
        if (kind_ == Canonicalization::simple) {
            stage.append(text);
        } else {
            relax(stage, text);
        }
    }
    for (const char c : chunk.substr(decided)) step(stage, c);
    stage.flush();
}

/// One byte, the slow and certain way.
void BodyHash::step(Stage& stage, char c) {
    if (cr_) {
        cr_ = false;
        if (c == '\n') {
            space_ = false; // RFC 6376 3.4.4 a: white space at the end of a line is ignored
            ++lines_;
            return;
        }
        release(stage); // a CR alone is content
        stage.put('\r');
    }
    if (c == '\r') {
        cr_ = true;
    } else if (kind_ == Canonicalization::relaxed && ascii::is_wsp(c)) {
        space_ = true;
    } else {
        release(stage);
        stage.put(c);
    }
}

/// Content follows: line ends and white space before it count.
void BodyHash::release(Stage& stage) {
    for (; lines_ != 0; --lines_) {
        stage.put('\r');
        stage.put('\n');
    }
    if (space_) stage.put(' ');
    space_ = false;
    content_ = true;
}

/// RFC 6376 3.4.4 a on text that follows no white space and ends in content: runs of WSP become one SP, or nothing before CRLF.
void BodyHash::relax(Stage& stage, std::string_view text) {
    constexpr std::size_t batch = 32; // blocks: 2 KiB, which stay in the first cache until they are hashed
    std::array<std::uint64_t, batch> masks;
    std::size_t appended = 0; // offset up to which the text was appended
    std::size_t settled = 0;  // odd spots before it belong to a run that was dealt with
    for (std::size_t base = 0; base < text.size();) {
        const std::size_t left = text.size() - base;
        std::size_t blocks = 1;
        if (base != 0 && left >= block_bytes) {
            blocks = std::min(left / block_bytes, batch);
            find_odd_space(text.data() + base, blocks, masks.data());
        } else { // the first block has no byte before it and the last may be short: looked at in a copy
            std::array<char, 1 + block_bytes> copy{};
            if (base != 0) copy[0] = text[base - 1];
            text.copy(copy.data() + 1, block_bytes, base);
            find_odd_space(copy.data() + 1, 1, masks.data());
        }
        if (base >= appended + batch * block_bytes) {
            // While this is hashed, the next batch comes in from memory. The last byte may belong to a run that goes on.
            prefetch(text.substr(std::min(base + blocks * block_bytes, text.size()), batch * block_bytes));
            stage.append(text.substr(appended, base - 1 - appended));
            appended = base - 1;
        }
        for (std::size_t b = 0; b < blocks; ++b, base += block_bytes) {
            std::uint64_t odd = masks[b];
            while (odd != 0) {
                if (settled > base)
                    odd = settled - base < block_bytes ? odd >> (settled - base) << (settled - base) : 0;
                if (odd == 0) break;
                appended = squeeze(stage, text, appended, base + static_cast<std::size_t>(std::countr_zero(odd)));
                settled = appended + 1;
            }
        }
    }
    stage.append(text.substr(appended));
}

/// Deals with the run of WSP at the odd spot: appends the text from `appended` to the run's end in canonical form and returns that end.
std::size_t BodyHash::squeeze(Stage& stage, std::string_view text, std::size_t appended, std::size_t odd) {
    const std::size_t run = odd > appended && ascii::is_wsp(text[odd - 1]) ? odd - 1 : odd;
    std::size_t end = odd;
    while (ascii::is_wsp(text[end])) ++end; // stops in time: the last byte is content
    if (text.substr(end, 2) == "\r\n") {
        stage.append(text.substr(appended, run - appended));
    } else if (text[run] == ' ') {
        stage.append(text.substr(appended, run + 1 - appended));
    } else {
        stage.append(text.substr(appended, run - appended));
        stage.put(' ');
    }
    return end;
}

void BodyHash::finish() {
    Stage stage(*this);
    if (cr_) {
        cr_ = false;
        release(stage);
        stage.put('\r');
    }
    // RFC 6376 3.4.3: a body without content is one CRLF; 3.4.4: under relaxed it is nothing. In both, empty lines at the end
    // are dropped and a missing last line end is added.
    if (content_ || kind_ == Canonicalization::simple) {
        stage.put('\r');
        stage.put('\n');
    }
    stage.flush();
    write({}); // reaches l=0 of an empty body
    if (whole_) whole_digest_ = hash_.finish();
}

/// Hashes canonical text, stopping at each l= on the way to note the digest there.
void BodyHash::write(std::string_view canonical) {
    while (reached_ < marks_.size() && marks_[reached_].length - total_ <= canonical.size()) {
        Mark& mark = marks_[reached_++];
        const auto part = static_cast<std::size_t>(mark.length - total_);
        hash_.update(canonical.substr(0, part));
        mark.digest = hash_.so_far();
        canonical.remove_prefix(part);
        total_ += part;
    }
    if (whole_ || reached_ < marks_.size()) hash_.update(canonical);
    total_ += canonical.size();
}

std::optional<crypto::Sha256Digest> BodyHash::digest(std::optional<std::uint64_t> length) const {
    if (!length) return whole_digest_;
    const auto mark = std::ranges::lower_bound(marks_, *length, {}, &Mark::length);
    const auto number = static_cast<std::size_t>(mark - marks_.begin());
    if (number >= reached_ || mark->length != *length) return {};
    return mark->digest;
}

} // namespace bonafide::dkim
