#include "eventstore/privacy/key_table.h"

#include <optional>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/privacy/bytes.h"

namespace eventstore::privacy {
namespace {

constexpr uint8_t kFormat = 1;
constexpr size_t kFixedKeySize =
    KeyId::kSize + 1 + log::CircleId::kSize + log::MemberId::kSize + 2 + KeyTable::kSecretSize;

absl::Status Malformed() {
  return absl::DataLossError("de inhoud van het sleutelbestand is kapot");
}

bool IsClass(int value) {
  return poolcirkel::log::v1::KeyClass_IsValid(value) &&
         value != poolcirkel::log::v1::KEY_CLASS_UNSPECIFIED;
}

template <typename Id>
bool ReadId(ByteReader& reader, Id& id) {
  const auto bytes = reader.Bytes(Id::kSize);
  if (!bytes) return false;
  id = *Id::FromBytes(*bytes);
  return true;
}

std::optional<ClassKey> ReadKey(ByteReader& reader) {
  ClassKey key;
  if (!ReadId(reader, key.id)) return std::nullopt;
  const auto key_class = reader.BigEndian<uint8_t>();
  if (!key_class || !IsClass(*key_class)) return std::nullopt;
  key.key_class = static_cast<poolcirkel::log::v1::KeyClass>(*key_class);
  if (!ReadId(reader, key.circle) || !ReadId(reader, key.made_by)) return std::nullopt;
  const auto entitled = reader.BigEndian<uint16_t>();
  if (!entitled || *entitled > KeyTable::kMaximumEntitled) return std::nullopt;
  for (uint16_t i = 0; i < *entitled; ++i) {
    if (!ReadId(reader, key.entitled.emplace_back())) return std::nullopt;
  }
  const auto secret = reader.Bytes(KeyTable::kSecretSize);
  if (!secret) return std::nullopt;
  key.secret = *secret;
  return key;
}

bool ReadDestroyed(ByteReader& reader, KeyTable& table) {
  const auto count = reader.BigEndian<uint32_t>();
  if (!count || *count > KeyTable::kMaximumDestroyed) return false;
  for (uint32_t i = 0; i < *count; ++i) {
    KeyId id;
    if (!ReadId(reader, id)) return false;
    if (!table.destroyed.empty() && id <= *table.destroyed.rbegin()) return false;
    table.destroyed.insert(table.destroyed.end(), id);
  }
  return true;
}

bool ReadKeys(ByteReader& reader, KeyTable& table) {
  const auto count = reader.BigEndian<uint32_t>();
  if (!count || *count > KeyTable::kMaximumKeys) return false;
  for (uint32_t i = 0; i < *count; ++i) {
    auto key = ReadKey(reader);
    if (!key || table.destroyed.contains(key->id)) return false;
    if (!table.keys.empty() && key->id <= table.keys.rbegin()->first) return false;
    const KeyId id = key->id;
    table.keys.emplace_hint(table.keys.end(), id, *std::move(key));
  }
  return true;
}

}  // namespace

KeyTable::~KeyTable() {
  for (auto& [id, key] : keys) crypto::Wipe(key.secret);
}

absl::Status CheckKey(const ClassKey& key) {
  if (key.id.empty()) return base::InvalidField("id", "een sleutel heeft een naam");
  if (!IsClass(key.key_class)) return base::InvalidField("key_class", "een bekende soort sleutel");
  if (key.entitled.size() > KeyTable::kMaximumEntitled) {
    return base::InvalidField("entitled", "hoogstens 1000 leden");
  }
  return absl::OkStatus();
}

std::string Encode(const KeyTable& table) {
  // Room for all, so that no growing leaves a copy of secrets behind.
  size_t size = 1 + 4 + 4 + table.destroyed.size() * KeyId::kSize;
  for (const auto& [id, key] : table.keys) {
    size += kFixedKeySize + key.entitled.size() * log::MemberId::kSize;
  }
  std::string bytes;
  bytes.reserve(size);
  AppendBigEndian<uint8_t>(bytes, kFormat);
  AppendBigEndian<uint32_t>(bytes, static_cast<uint32_t>(table.destroyed.size()));
  for (const KeyId& id : table.destroyed) bytes += id.view();
  AppendBigEndian<uint32_t>(bytes, static_cast<uint32_t>(table.keys.size()));
  for (const auto& [id, key] : table.keys) {
    bytes += id.view();
    AppendBigEndian<uint8_t>(bytes, static_cast<uint8_t>(key.key_class));
    bytes += key.circle.view();
    bytes += key.made_by.view();
    AppendBigEndian<uint16_t>(bytes, static_cast<uint16_t>(key.entitled.size()));
    for (const log::MemberId& member : key.entitled) bytes += member.view();
    bytes += key.secret;
  }
  return bytes;
}

absl::StatusOr<KeyTable> Decode(std::string_view bytes) {
  ByteReader reader(bytes);
  KeyTable table;
  const auto format = reader.BigEndian<uint8_t>();
  if (!format || *format != kFormat) return Malformed();
  if (!ReadDestroyed(reader, table) || !ReadKeys(reader, table)) return Malformed();
  if (!reader.rest().empty()) return Malformed();
  return table;
}

}  // namespace eventstore::privacy
