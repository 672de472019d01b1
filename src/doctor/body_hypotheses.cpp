#include "doctor/body_hypotheses.hpp"

#include "base/ascii.hpp"
#include "doctor/added_text.hpp"
#include "doctor/mime_shape.hpp"
#include "doctor/recoded_text.hpp"
#include "doctor/text_edits.hpp"
#include "doctor/transfer_forms.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

constexpr std::size_t most_shown = 160;
constexpr std::size_t most_text_parts = 6;
constexpr std::size_t most_outer_parts = 12; ///< of those that are put aside as added

Text list_advice() {
    return say("A list or gateway that adds text should sign anew or seal with ARC, and rewrite From; a sender's own "
               "gateway must sign behind it.");
}
Text gateway_advice() { return say("Let the gateway leave signed mail alone, or sign behind it."); }

Breakage broken(Change change, Text says, Text fix, std::string was = {}, std::string now = {}) {
    return {.change = change,
            .proof = Proof::body_hash,
            .field = {},
            .was = std::move(was),
            .now = std::move(now),
            .says = std::move(says),
            .fix = std::move(fix)};
}

std::string shown_of(std::string_view text) { return std::string(ascii::trim(text).substr(0, most_shown)); }

Breakage empty_lines() {
    return broken(Change::line_ends, say("Empty lines were added or removed."), gateway_advice());
}

Breakage appended_text(const std::string& added) {
    if (added.empty()) return empty_lines();
    return broken(Change::footer_appended, say("Text was appended behind the signed body: {text}", {{"text", added}}),
                  list_advice(), {}, added);
}

Breakage recoded(std::string_view was, std::string_view now) {
    return broken(Change::transfer_encoding, say("The transfer encoding of the body was changed."),
                  say("Send mail in an encoding that no server has to change: quoted-printable or base64, lines below "
                      "998 characters."),
                  std::string(was), std::string(now));
}

Breakage reset(std::string_view was, std::string_view now) {
    return broken(Change::charset,
                  say("The character set was converted from {from} to {to}.", {{"from", was}, {"to", now}}),
                  gateway_advice(), std::string(was), std::string(now));
}

/// One hypothesis after another, those first that are likely and cheap.
class Search {
  public:
    Search(BodyTrial& trial, std::string_view body, std::string_view content_type, std::string_view encoding)
        : trial_(trial), body_(body), content_type_(content_type), shape_(mime_shape(body, content_type, encoding)) {
        for (const MimePart& part : shape_.parts)
            if (part.is_text() && texts_.size() < most_text_parts) texts_.push_back(&part);
    }

    BodyStory go() {
        (void)(appended() || unwrapped() || without_parts() || edited() || with_texts_cut() || recoded_whole() ||
               recoded_parts() || with_lines_moved() || with_two_texts_cut());
        return std::move(story_);
    }

  private:
    bool found(Breakage one) {
        story_.found.push_back(std::move(one));
        return true;
    }
    [[nodiscard]] bool can_afford_copy() const { return trial_.can_afford(2 * body_.size()); }

    bool appended();
    bool unwrapped();
    bool without_parts();
    bool edited();
    bool recoded_whole();
    bool with_texts_cut();
    bool recoded_parts();
    bool with_lines_moved();
    bool with_two_texts_cut();
    bool cut(std::span<const std::vector<Patch>> lists, std::span<const Side> sides);

    BodyTrial& trial_;
    std::string_view body_, content_type_;
    MimeShape shape_;
    std::vector<const MimePart*> texts_;
    BodyStory story_;
};

bool Search::appended() {
    const auto end = trial_.fitting_prefix(body_);
    return end && found(appended_text(shown_of(body_.substr(*end))));
}

/// A list has put the message into a multipart of its own, with its footer beside it.
bool Search::unwrapped() {
    std::size_t tried = 0;
    for (const MimePart& part : shape_.parts) {
        if (part.depth != 1 || ++tried > most_outer_parts) continue;
        const std::string_view content = body_.substr(part.content, part.end - part.content);
        std::vector<std::string> candidates{std::string(content)};
        const Coding coding = coding_of(part.encoding);
        if (coding != Coding::identity)
            if (const auto text = decode_transfer(coding, content)) candidates.push_back(with_crlf(*text));
        for (const std::string& candidate : candidates) {
            const auto end = trial_.fitting_prefix(candidate);
            if (!end) continue;
            const std::string_view header = body_.substr(part.header, part.content - part.header);
            story_.content_type = raw_mime_field(header, "Content-Type");
            story_.transfer_encoding = raw_mime_field(header, "Content-Transfer-Encoding");
            found(broken(Change::part_added,
                         say("The message was put into a new one as its first part, and a part was added beside it."),
                         list_advice()));
            if (const std::string rest = shown_of(std::string_view(candidate).substr(*end)); !rest.empty())
                found(appended_text(rest));
            return true;
        }
    }
    return false;
}

/// One of the outermost parts was added, or the first and the last.
bool Search::without_parts() {
    std::vector<Patch> patches;
    for (const MimePart& part : shape_.parts)
        if (part.depth == 1 && patches.size() < most_outer_parts)
            patches.push_back(
                {part.boundary, part.next, {}, shown_of(body_.substr(part.content, part.end - part.content))});
    if (patches.size() < 2) return false;
    const Text says = say("A part was added to the message.");
    if (const auto place = trial_.fitting_patches(body_, std::array{patches}))
        return found(broken(Change::part_added, says, list_advice(), {}, patches[place->front()].shown));
    const std::array both{std::vector{patches.front()}, std::vector{patches.back()}};
    return patches.size() > 2 && trial_.fitting_patches(body_, both) &&
           found(broken(Change::part_added, says, list_advice(), {}, patches.front().shown));
}

/// An edit of all lines, and perhaps a footer behind it.
bool Search::edited() {
    const bool flowed = ascii::iequals(mime_parameter(content_type_, "format"), "flowed");
    for (const TextEdit& edit : text_edits(trial_.kind(), flowed)) {
        if (!can_afford_copy() || !trial_.spend(body_.size())) return false;
        const auto before = edit.undo(body_);
        if (!before || *before == body_) continue;
        const auto end = trial_.fitting_prefix(*before);
        if (!end) continue;
        const bool sender_can_help = edit.change == Change::trailing_space || edit.change == Change::inner_space;
        found(broken(edit.change, edit.says,
                     sender_can_help ? say("Sign with relaxed canonicalization of the body.") : gateway_advice()));
        if (const std::string rest = shown_of(std::string_view(*before).substr(*end)); !rest.empty())
            found(appended_text(rest));
        return true;
    }
    return false;
}

/// The whole body in another encoding or character set, and perhaps a footer in it: its header is that of the message.
bool Search::recoded_whole() {
    const MimePart& whole = shape_.parts.front();
    if (!whole.leaf) return false;
    const Coding coding = coding_of(whole.encoding);
    const auto text = decode_transfer(coding, body_);
    if (!text) return false;
    const auto told = [&](const Recoding& way) {
        if (way.form.coding != coding || (way.form.coding != Coding::identity && way.set.empty()))
            story_.transfer_encoding = " " + std::string(way.form.name);
        if (way.form.name != whole.encoding || way.set.empty()) found(recoded(way.form.name, whole.encoding));
        if (way.set.empty()) return;
        story_.charset = way.set;
        found(reset(way.set, whole.charset.empty() ? std::string_view("utf-8") : std::string_view(whole.charset)));
    };
    for (const Recoding& way : recodings(*text, whole.charset, body_)) {
        // The fields are of the message's header, and no boundary follows: these differ in nothing.
        if (way.upper_set || !way.own_end || way.inner_end || way.field_name != way.form.name) continue;
        if (way.set.empty() && way.form.coding == Coding::identity && coding == Coding::identity) continue;
        if (!can_afford_copy() || !trial_.spend(body_.size())) return false;
        const auto before = converted(*text, whole.charset, coding == Coding::base64, way);
        if (!before) continue;
        const std::string written = encode_transfer(way.form, *before);
        if (const auto end = trial_.fitting_prefix(written)) {
            told(way);
            if (const std::string rest = shown_of(std::string_view(written).substr(*end)); !rest.empty())
                found(appended_text(rest));
            return true;
        }
        if (way.form.coding != Coding::base64) continue;
        // Lines of base64 are no lines of the text: each footer is another text.
        std::size_t end = before->size();
        for (std::size_t lines = 0; lines < most_added_lines && end >= 2; ++lines) {
            const std::size_t line = before->rfind('\n', end - 2);
            if (line == std::string::npos || !trial_.spend(2 * line)) break;
            end = line + 1;
            if (!trial_.fits(encode_transfer(way.form, std::string_view(*before).substr(0, end)))) continue;
            told(way);
            return found(appended_text(shown_of(std::string_view(*before).substr(end))));
        }
    }
    return false;
}

bool Search::cut(std::span<const std::vector<Patch>> lists, std::span<const Side> sides) {
    const auto places = trial_.fitting_patches(body_, lists);
    if (!places) return false;
    for (std::size_t i = 0; i < places->size(); ++i) {
        const std::string& added = lists[i][(*places)[i]].shown;
        if (added.empty())
            found(empty_lines());
        else if (sides[i] == Side::head)
            found(broken(Change::footer_appended, say("Text was put in front of the body: {text}", {{"text", added}}),
                         gateway_advice(), {}, added));
        else
            found(broken(Change::footer_appended,
                         say("Text was appended to a part of the body: {text}", {{"text", added}}), list_advice(), {},
                         added));
    }
    return true;
}

bool Search::with_texts_cut() {
    for (const MimePart* part : texts_)
        for (const Side side : {Side::tail, Side::head}) {
            if (!can_afford_copy() || !trial_.spend(body_.size())) return false;
            const std::array lists{without_added(body_, *part, side)};
            if (cut(lists, std::array{side})) return true;
        }
    return false;
}

/// A gateway writes to all alternatives, or above and below the text.
bool Search::with_two_texts_cut() {
    for (std::size_t i = 0; i < texts_.size(); ++i) {
        for (std::size_t j = i + 1; j < texts_.size(); ++j)
            for (const Side side : {Side::tail, Side::head}) {
                if (!can_afford_copy() || !trial_.spend(body_.size())) return false;
                const std::array lists{without_added(body_, *texts_[i], side), without_added(body_, *texts_[j], side)};
                if (cut(lists, std::array{side, side})) return true;
            }
        if (!can_afford_copy() || coding_of(texts_[i]->encoding) == Coding::base64) continue;
        const std::array lists{without_added(body_, *texts_[i], Side::head),
                               without_added(body_, *texts_[i], Side::tail)};
        if (cut(lists, std::array{Side::head, Side::tail})) return true;
    }
    return false;
}

/// Parts in another encoding or character set: any of them, in the same way.
bool Search::recoded_parts() {
    if (shape_.parts.front().leaf) return false;
    std::vector<std::string> decoded;
    std::vector<Recoding> ways;
    for (const MimePart* part : texts_) {
        const std::string_view content = body_.substr(part->content, part->end - part->content);
        decoded.push_back(decode_transfer(coding_of(part->encoding), content).value_or(""));
        std::vector<Recoding> more = recodings(decoded.back(), part->charset, content);
        for (Recoding& way : more)
            if (std::ranges::find(ways, way) == ways.end()) ways.push_back(way);
    }
    for (const Recoding& way : ways) {
        if (!can_afford_copy() || !trial_.spend(body_.size())) return false;
        std::vector<std::vector<Patch>> lists;
        for (std::size_t i = 0; i < texts_.size(); ++i) {
            const MimePart& part = *texts_[i];
            // This part as it is, or in that form.
            std::vector<Patch> list{{part.header, part.header, {}, {}}};
            if (auto patch = recoded_part(body_, part, decoded[i], way)) {
                patch->shown = part.encoding;
                list.push_back(std::move(*patch));
            }
            lists.push_back(std::move(list));
        }
        const auto places = trial_.fitting_patches(body_, lists);
        if (!places) continue;
        for (std::size_t i = 0; i < places->size(); ++i) {
            if ((*places)[i] == 0) continue;
            const MimePart& part = *texts_[i];
            if (way.set.empty() || !ascii::iequals(way.field_name, part.encoding))
                found(recoded(way.field_name.empty() ? std::string_view("7bit") : way.field_name, part.encoding));
            if (!way.set.empty())
                found(
                    reset(way.set, part.charset.empty() ? std::string_view("utf-8") : std::string_view(part.charset)));
            return true;
        }
    }
    return false;
}

/// Empty lines at the seams of the parts.
bool Search::with_lines_moved() {
    std::vector<Patch> patches;
    for (const MimePart& part : shape_.parts) {
        if (part.depth == 0) continue;
        patches.push_back({part.content, part.content, "\r\n", {}});
        patches.push_back({part.end, part.end, "\r\n", {}});
        if (body_.substr(part.content).starts_with("\r\n")) patches.push_back({part.content, part.content + 2, {}, {}});
        if (part.end >= part.content + 2 && body_.substr(part.end - 2, 2) == "\r\n")
            patches.push_back({part.end - 2, part.end, {}, {}});
    }
    sort_patches(patches);
    return trial_.fitting_patches(body_, std::array{patches}) && found(empty_lines());
}

} // namespace

BodyStory explain_body(BodyTrial& trial, std::string_view body, std::string_view content_type,
                       std::string_view transfer_encoding) {
    return Search(trial, body, content_type, transfer_encoding).go();
}

std::vector<Breakage> signs_of_loss(std::string_view body, std::string_view content_type) {
    std::vector<Breakage> signs;
    const MimeShape shape = mime_shape(body, content_type, "");
    if (!shape.closed)
        signs.push_back({.change = Change::truncated,
                         .says = say("The last part of the message has no end: the message was probably cut off."),
                         .fix = say("See which server on the way cuts messages off.")});
    constexpr std::array<std::string_view, 10> notes{
        "attachment was scrubbed", "attachment has been removed", "attachment was removed", "attachments were removed",
        "attachment was deleted",  "attachment has been deleted", "file has been removed",  "file was removed",
        "removed this attachment", "attachment was stripped"};
    std::size_t texts = 0;
    for (const MimePart& part : shape.parts) {
        if (!part.is_text() || ++texts > most_outer_parts) continue;
        const std::string text =
            decode_transfer(coding_of(part.encoding),
                            body.substr(part.content, std::min<std::size_t>(part.end - part.content, most_part_header)))
                .value_or("");
        const std::string lower = ascii::lower(text);
        for (const std::string_view note : notes) {
            const std::size_t at = lower.find(note);
            if (at == std::string::npos) continue;
            const std::size_t before = lower.rfind('\n', at), line = before == std::string::npos ? 0 : before + 1;
            const std::string told(
                ascii::trim(std::string_view(text).substr(line, text.find('\n', at) - line)).substr(0, most_shown));
            signs.push_back(
                {.change = Change::part_removed,
                 .now = told,
                 .says = say("A part of the message was probably removed; it says: {text}", {{"text", told}}),
                 .fix = gateway_advice()});
            return signs;
        }
    }
    return signs;
}

std::vector<Breakage> compare_bodies(std::string_view sent, std::string_view arrived, std::string_view content_type,
                                     dkim::Canonicalization kind) {
    const MimeShape before = mime_shape(sent, content_type, ""), after = mime_shape(arrived, content_type, "");
    const auto text_of = [](std::string_view body, const MimePart& part) {
        return body.substr(part.header, part.end - part.header);
    };
    for (const MimePart& part : before.parts) {
        if (part.depth == 0 || !part.leaf || after.parts.size() >= before.parts.size()) continue;
        const bool kept = std::ranges::any_of(
            after.parts, [&](const MimePart& other) { return text_of(arrived, other) == text_of(sent, part); });
        if (!kept)
            return {broken(Change::part_removed, say("A part of type {type} was removed.", {{"type", part.type}}),
                           gateway_advice(), part.type)};
    }
    const auto next_line = [](std::string_view& text) {
        const std::size_t end = std::min(text.find("\r\n"), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 2, text.size()));
        return line;
    };
    while (!sent.empty() && !arrived.empty()) {
        const std::string_view was = next_line(sent), now = next_line(arrived);
        if (canonical_rest(was, kind, 0, was.size()) == canonical_rest(now, kind, 0, now.size())) continue;
        return {broken(Change::body_changed,
                       say("The body was changed where it said {was} and says {now} now.",
                           {{"was", shown_of(was)}, {"now", shown_of(now)}}),
                       gateway_advice(), shown_of(was), shown_of(now))};
    }
    if (sent.empty()) return {appended_text(shown_of(arrived))};
    return {broken(Change::truncated, say("The body was cut off; it went on: {text}", {{"text", shown_of(sent)}}),
                   say("See which server on the way cuts messages off."), shown_of(sent))};
}

} // namespace bonafide::doctor
