#include "tests/architecture/include_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/architecture/testing_tree.h"

namespace architecture {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

SourceTree Including(const std::string& path, const std::string& header) {
  return {{path, "#pragma once\n#include \"" + header + "\"\n"}};
}

TEST(IncludeDirectionTest, HoldsInTheProject) {
  EXPECT_THAT(CheckIncludeDirection(RealTree()), IsEmpty());
}

TEST(IncludeDirectionTest, NothingIncludesUpward) {
  const auto check = [](const std::string& path, const std::string& header) {
    return CheckIncludeDirection(Including(path, header));
  };
  EXPECT_THAT(check("eventstore/base/id.h", "eventstore/crypto/digest.h"), SizeIs(1));
  EXPECT_THAT(check("eventstore/log/append.cc", "projections/engine/runner.h"), SizeIs(1));
  EXPECT_THAT(check("eventstore/log/append.cc", "poolcirkel/event/v1/event.pb.h"), SizeIs(1));
  EXPECT_THAT(check("projections/engine/runner.cc", "projections/views/exchanges/view.h"),
              SizeIs(1));
  EXPECT_THAT(check("projections/engine/runner.cc", "services/node/node.h"), SizeIs(1));
  EXPECT_THAT(check("services/node/node.cc", "tests/testing/circle.h"), SizeIs(1));
}

TEST(IncludeDirectionTest, ServicesDoNotIncludeOneAnother) {
  const auto check = [](const std::string& path, const std::string& header) {
    return CheckIncludeDirection(Including(path, header));
  };
  EXPECT_THAT(check("services/queries/search.cc", "services/commands/handler.h"), SizeIs(1));
  EXPECT_THAT(check("services/domain/assignment/decide.cc", "services/rpc/status.h"), SizeIs(1));
  EXPECT_THAT(check("services/cli/main.cc", "services/node/node.h"), SizeIs(1));
  EXPECT_THAT(check("services/commands/handler.cc", "services/domain/assignment/decide.h"),
              IsEmpty());
  EXPECT_THAT(check("services/queries/search.cc", "services/rpc/status.h"), IsEmpty());
  EXPECT_THAT(check("services/node/node.cc", "services/peer/server.h"), IsEmpty());
  EXPECT_THAT(check("services/domain/circle/decide.cc", "services/domain/common.h"), IsEmpty());
}

TEST(IncludeDirectionTest, EveryFolderHasAPlace) {
  EXPECT_THAT(CheckIncludeDirection({{"eventstore/new/x.cc", ""}}), SizeIs(1));
}

TEST(LibraryHomesTest, HoldInTheProject) { EXPECT_THAT(CheckLibraryHomes(RealTree()), IsEmpty()); }

TEST(LibraryHomesTest, FindLibrariesElsewhere) {
  EXPECT_THAT(CheckLibraryHomes(Including("eventstore/log/a.cc", "openssl/evp.h")), SizeIs(1));
  EXPECT_THAT(CheckLibraryHomes(Including("projections/engine/a.cc", "rocksdb/db.h")), SizeIs(1));
  EXPECT_THAT(CheckLibraryHomes(Including("eventstore/replication/a.cc", "grpcpp/grpcpp.h")),
              SizeIs(1));
  EXPECT_THAT(CheckLibraryHomes(Including("projections/engine/a.cc", "spdlog/spdlog.h")),
              SizeIs(1));
  EXPECT_THAT(CheckLibraryHomes({{"projections/engine/a.cc", "#include <spdlog/spdlog.h>\n"}}),
              SizeIs(1));
  EXPECT_THAT(CheckLibraryHomes(Including("services/node/a.cc", "absl/synchronization/mutex.h")),
              SizeIs(1));
  EXPECT_THAT(
      CheckLibraryHomes(Including("eventstore/log/a.cc", "poolcirkel/peer/v1/peer.grpc.pb.h")),
      SizeIs(1));
  EXPECT_THAT(CheckLibraryHomes(Including("eventstore/crypto/a.cc", "openssl/evp.h")), IsEmpty());
}

}  // namespace
}  // namespace architecture
