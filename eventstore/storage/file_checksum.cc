#include "eventstore/storage/file_checksum.h"

#include <xxhash.h>

#include <cassert>
#include <string>

#include "eventstore/storage/keys.h"
#include "rocksdb/file_checksum.h"

namespace eventstore::storage {
namespace {

constexpr char kName[] = "FileChecksumXxh3";

class Xxh3 final : public rocksdb::FileChecksumGenerator {
 public:
  Xxh3() : state_(XXH3_createState(), &XXH3_freeState) {
    assert(state_ != nullptr);
    XXH3_64bits_reset(state_.get());
  }

  void Update(const char* data, size_t n) override { XXH3_64bits_update(state_.get(), data, n); }
  void Finalize() override { AppendUint64(checksum_, XXH3_64bits_digest(state_.get())); }
  std::string GetChecksum() const override { return checksum_; }
  const char* Name() const override { return kName; }

 private:
  std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state_;
  std::string checksum_;
};

class Factory final : public rocksdb::FileChecksumGenFactory {
 public:
  std::unique_ptr<rocksdb::FileChecksumGenerator> CreateFileChecksumGenerator(
      const rocksdb::FileChecksumGenContext& context) override {
    if (context.requested_checksum_func_name == rocksdb::kStandardDbFileChecksumFuncName) {
      return rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator(context);
    }
    return std::make_unique<Xxh3>();
  }
  const char* Name() const override { return "FileChecksumXxh3Factory"; }
};

}  // namespace

std::shared_ptr<rocksdb::FileChecksumGenFactory> FileChecksums() {
  return std::make_shared<Factory>();
}

}  // namespace eventstore::storage
