#include "kernel/exported_symbols.h"

#include "kernel/api/toolchain.h"
#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/kernel/test_plugins.h"

#include <cstddef>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::kernel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string why_not(const std::filesystem::path& file) {
  const auto symbols = exported_symbols(file, "");
  return symbols ? "it is one" : symbols.error().text;
}

std::string content_of(const std::filesystem::path& file) {
  std::ostringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return out.str();
}

TEST(ExportedSymbols, are_those_that_begin_with_the_prefix) {
  const auto plugin = library(sound_plugins(), "eventful");
  EXPECT_THAT(exported_symbols(plugin, "gantry_plugin_api").value(), ElementsAre(api::kPluginSymbol));
  EXPECT_THAT(exported_symbols(plugin, "gantry_plugin_apis").value(), IsEmpty());
  EXPECT_THAT(exported_symbols(library(wrong_plugins(), "no-plugin"), "nothing").value(),
              ElementsAre("nothing_of_interest"));
}

TEST(ExportedSymbols, are_not_those_that_a_library_only_uses) {
  EXPECT_THAT(exported_symbols(library(sound_plugins(), "eventful"), "__cxa_throw").value(), IsEmpty());
}

TEST(ExportedSymbols, of_what_is_no_library_are_refused_with_the_reason) {
  const TemporaryFolder folder;
  EXPECT_EQ(why_not(folder.path() / "missing.so"), "cannot be read: No such file or directory");
  EXPECT_EQ(why_not(folder.write("text.so", "#!/bin/sh\n")),
            "is not a shared library for this machine (ELF, 64 bit)");
  EXPECT_EQ(why_not(folder.write("empty.so", "")), "is not a shared library for this machine (ELF, 64 bit)");
  EXPECT_EQ(why_not(folder.path()), "is not a shared library for this machine (ELF, 64 bit)");
}

TEST(ExportedSymbols, of_a_library_that_was_copied_by_half_are_refused) {
  const TemporaryFolder folder;
  const auto whole = content_of(library(wrong_plugins(), "no-plugin"));
  const auto step = whole.size() / 200;
  for (std::size_t size = 0; size + step < whole.size(); size += step) {
    const auto why = why_not(folder.write("half.so", whole.substr(0, size)));
    EXPECT_NE(why, "it is one") << size << " of " << whole.size();
  }
}

RC_GTEST_PROP(ExportedSymbols, never_read_outside_of_a_damaged_file, ()) {
  static const auto whole = content_of(library(wrong_plugins(), "no-plugin"));
  const TemporaryFolder folder;
  auto damaged = whole;
  const auto places =
      *rc::gen::container<std::vector<std::size_t>>(8, rc::gen::inRange<std::size_t>(0, whole.size()));
  for (const auto place : places) damaged[place] = *rc::gen::arbitrary<char>();
  // The tables of a library stand at its end and its beginning; half of the damage goes to the header.
  damaged[*rc::gen::inRange<std::size_t>(40, 64)] = *rc::gen::arbitrary<char>();
  static_cast<void>(exported_symbols(folder.write("damaged.so", damaged), ""));
}

}  // namespace
}  // namespace gantry::kernel
