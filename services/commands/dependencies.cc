#include "services/commands/dependencies.h"

namespace services::commands {

const eventstore::crypto::PrivateKey& Dependencies::SigningKey(
    const membership::Circle& circle) const {
  const auto* self = circle.Member(circle.self);
  if (log_keys == nullptr || self == nullptr) return *log_key;
  const auto named = eventstore::crypto::PublicKey::FromBytes(self->log_key());
  const auto* key = named.ok() ? log_keys->Find(*named) : nullptr;
  return key == nullptr ? *log_key : *key;
}

}  // namespace services::commands
