#include "cli/verification.hpp"

#include "mail/received.hpp"

#include <utility>

namespace bonafide::cli {

Verification::Verification(const engine::Context& context, GivenEnvelope given)
    : given_(std::move(given)), connection_(context),
      splitter_([this](mail::HeaderBlock header) { begin(std::move(header)); },
                [this](std::string_view chunk) { message_->body(chunk); }, context.settings->limits) {}

void Verification::finish(engine::Transaction::Done done) {
    splitter_.finish();
    message_->end(std::move(done));
}

void Verification::begin(mail::HeaderBlock header) {
    mail::StoredEnvelope stored;
    const bool given = given_.client.has_value();
    if (!given) stored = mail::read_stored_envelope(header);
    engine::Peer peer;
    peer.address = given ? given_.client : stored.client;
    peer.direction = verdict::Direction::inbound;
    connection_.open(std::move(peer));
    connection_.helo(given_.helo.value_or(stored.helo));
    message_.emplace(connection_);
    auto path = given_.mail_from;
    if (!path) path = given ? std::optional<std::string>("") : stored.mail_from;
    message_->mail(path, {});
    for (const std::string& recipient : given_.recipients) message_->rcpt(recipient);
    if (!given) message_->envelope_from_message();
    message_->header(std::move(header));
    message_->end_of_header();
}

} // namespace bonafide::cli
