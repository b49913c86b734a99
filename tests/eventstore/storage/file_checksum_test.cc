#include "eventstore/storage/file_checksum.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "rocksdb/file_checksum.h"

namespace eventstore::storage {
namespace {

std::string Checksum(const std::string& requested, std::string_view first,
                     std::string_view second) {
  rocksdb::FileChecksumGenContext context;
  context.requested_checksum_func_name = requested;
  const auto generator = FileChecksums()->CreateFileChecksumGenerator(context);
  generator->Update(first.data(), first.size());
  generator->Update(second.data(), second.size());
  generator->Finalize();
  return std::string(generator->Name()) + " " + absl::BytesToHexString(generator->GetChecksum());
}

// The digest of nothing is one of xxHash's own test values.
TEST(FileChecksumTest, IsXxh3) {
  EXPECT_EQ(Checksum("", "", ""), "FileChecksumXxh3 2d06800538d394c2");
  EXPECT_EQ(Checksum("", "pool", "cirkel"), Checksum("", "poolcirkel", ""));
  EXPECT_NE(Checksum("", "poolcirkel", ""), Checksum("", "poolcirkem", ""));
}

TEST(FileChecksumTest, StillChecksTablesWithTheirOldOne) {
  // CRC-32C of "123456789", the check value of RFC 3720's polynomial.
  EXPECT_EQ(Checksum(rocksdb::kStandardDbFileChecksumFuncName, "12345", "6789"),
            "FileChecksumCrc32c e3069283");
}

}  // namespace
}  // namespace eventstore::storage
