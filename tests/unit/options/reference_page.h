// A page of docs/ that ends with the table of a program's or a plugin's options, as they are declared.
//
//   expect_reference_page("store-options.md", describe_markdown(store_options()));
//
// With GANTRY_UPDATE_DOCS=1 it writes the table anew instead of comparing.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace gantry::options::testing {

inline void expect_reference_page(std::string_view name, std::string_view table) {
  const std::string page = std::string(GANTRY_SOURCE_DIR "/docs/") + std::string(name);
  std::ostringstream content;
  content << std::ifstream(page).rdbuf();
  const auto begin = content.str().find("| option |");
  ASSERT_NE(begin, std::string::npos) << page << " has no table of options";
  if (std::getenv("GANTRY_UPDATE_DOCS") != nullptr)
    std::ofstream(page) << content.str().substr(0, begin) << table;
  else
    EXPECT_EQ(content.str().substr(begin), table)
        << page << " is not what the declarations say: GANTRY_UPDATE_DOCS=1 and this test write it anew";
}

}  // namespace gantry::options::testing
