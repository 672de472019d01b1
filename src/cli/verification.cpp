#include "cli/verification.hpp"

#include "mail/received.hpp"

#include <utility>

namespace bonafide::cli {

Verification::Verification(const engine::Context& context, GivenEnvelope given)
    : given_(std::move(given)), connection_(context),
      splitter_([this](mail::HeaderBlock header) { begin(std::move(header)); },
                [this](std::string_view chunk) { message_->body(chunk); }, context.settings->limits) {}

Verification::Verification(const engine::Context& context, verdict::Envelope envelope, verdict::Direction direction)
    : Verification(context) {
    envelope_ = std::move(envelope);
    direction_ = direction;
}

void Verification::give(mail::HeaderBlock header, std::vector<dkim::BodyDigest> body) {
    known_body_ = std::move(body);
    begin(std::move(header));
}

Expected<void> Verification::feed(const MessageContent& content) {
    return content.pour_whole([this](std::string_view text) { feed(text); });
}

void Verification::finish(engine::Transaction::Done done) {
    if (!known_body_) splitter_.finish();
    if (witness_ == nullptr) return message_->end(std::move(done));
    message_->end([this, then = std::move(done)](engine::Finished finished) mutable {
        witness_->body = message_->bodies().all();
        witness_->no_body = message_->bodies().unknown();
        then(std::move(finished));
    });
}

verdict::Envelope read_envelope(const GivenEnvelope& given, const mail::HeaderBlock& header) {
    const bool is_given = given.client.has_value();
    mail::StoredEnvelope stored;
    if (!is_given) stored = mail::read_stored_envelope(header);
    verdict::Envelope envelope;
    envelope.client = is_given ? given.client : stored.client;
    envelope.helo = given.helo.value_or(stored.helo);
    envelope.mail_from = given.mail_from;
    if (!envelope.mail_from) envelope.mail_from = is_given ? std::optional<std::string>("") : stored.mail_from;
    envelope.recipients = given.recipients;
    if (!is_given) envelope.source = "message";
    return envelope;
}

void Verification::begin(mail::HeaderBlock header) {
    without_header_ = header.empty() && !header.oversized();
    const verdict::Envelope envelope = envelope_ ? *envelope_ : read_envelope(given_, header);
    if (witness_ != nullptr) {
        witness_->envelope = envelope;
        witness_->header_oversized = header.oversized();
        for (std::size_t i = 0; i < header.size(); ++i) witness_->fields.emplace_back(header[i].raw);
    }
    engine::Peer peer;
    peer.address = envelope.client;
    peer.name = envelope.client_name;
    peer.direction = direction_;
    connection_.open(std::move(peer));
    connection_.helo(envelope.helo);
    message_.emplace(connection_);
    message_->mail(envelope.mail_from, {});
    for (const std::string& recipient : envelope.recipients) message_->rcpt(recipient);
    if (envelope.source == "message") message_->envelope_from_message();
    if (header_hashes_ != nullptr) message_->use(*header_hashes_);
    if (known_body_) message_->know_body(*known_body_);
    message_->header(std::move(header));
    message_->end_of_header();
}

} // namespace bonafide::cli
