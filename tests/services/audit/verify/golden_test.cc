// A bundle that was written once proves for ever what it proved then, and is written in the
// same bytes today. When a change of the format is meant, it is another version beside this
// one (eventstore/FORMAT.md): this file stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "eventstore/base/id.h"
#include "services/audit/verify/bundle.h"
#include "services/audit/verify/verify.h"
#include "tests/services/audit/verify/maker.h"

namespace services::audit::verify {
namespace {

using testing::HasSubstr;
using tests::audit::verify::Maker;

constexpr char kFile[] = "tests/services/audit/verify/golden/version-1.bundle";
constexpr char kCircle[] = "5d68b81234ee68c2e13289ab0fedf9ca497bdad82ee4e9b794f25bf7a539d127";

std::string Golden() {
  std::stringstream bytes;
  bytes << std::ifstream(kFile, std::ios::binary).rdbuf();
  return bytes.str();
}

// Everything that a bundle can hold: two versions of the charter, of which the second ends
// the epoch of the host; heads with cosignatures, proofs, the key of the exchange.
Maker Everything() {
  Maker maker(3);
  maker.cosigners = {{5, {1}}, {6, {2}}};
  maker.Make();  // for the root
  poolcirkel::event::v1::Charter next = maker.charter;
  auto& host = *next.mutable_members(0);
  auto& closed = *host.add_closed_epochs();
  closed.set_epoch(0);
  closed.set_log_key(maker.Key(0).public_key().bytes());
  closed.set_final_size(7);
  closed.set_final_root(maker.RootOf(0, 7).bytes());
  closed.set_reason(poolcirkel::event::v1::EPOCH_END_ROTATION);
  host.set_epoch(1);
  host.set_log_key(maker.Key(0, 1).public_key().bytes());
  maker.later.push_back(next);
  return maker;
}

TEST(GoldenBundle, ProvesWhatItProved) {
  const auto id = eventstore::base::FromHex(kCircle);
  ASSERT_TRUE(id.ok());
  const auto circle = eventstore::log::CircleId::FromBytes(*id);
  ASSERT_TRUE(circle.ok()) << circle.status();
  const Report report = VerifyBundle(Golden(), *circle);
  EXPECT_TRUE(report.ok);
  std::string text;
  for (const Claim& claim : report.claims) {
    EXPECT_TRUE(claim.ok) << claim.sentence;
    text += claim.sentence + "\n";
  }
  EXPECT_THAT(text, HasSubstr("De 4 getoonde gebeurtenissen van lid-0"));
  EXPECT_THAT(text, HasSubstr("lid-0 ondertekende deze voorwaarden"));
  EXPECT_THAT(text, HasSubstr("lid-1 ondertekende deze voorwaarden"));
  EXPECT_THAT(text, HasSubstr("2 andere leden ondertekenden een stand"));
  ASSERT_TRUE(report.terms.has_value());
  EXPECT_EQ(report.terms->start_date(), "2026-12-01");
  ASSERT_EQ(report.feeds.size(), 2U);
  EXPECT_TRUE(report.feeds[0].closed);
}

TEST(GoldenBundle, IsWrittenInTheSameBytesToday) {
  Maker maker = Everything();
  const std::string bytes = EncodeBundle(maker.Make());
  EXPECT_EQ(eventstore::base::ToText(maker.circle()), kCircle);
  if (bytes == Golden()) return;
  const std::string written = testing::TempDir() + "/today.bundle";
  std::ofstream(written, std::ios::binary) << bytes;
  FAIL() << "bundles have other bytes than " << kFile << "; those of today are in " << written;
}

}  // namespace
}  // namespace services::audit::verify
