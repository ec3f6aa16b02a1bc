// Which plugins this broker can load: the version of the plugin API, the release and the tool chain, all in
// the *name* of the symbol that a plugin exports, so that the host can read them before it runs a line of the
// plugin.
//
//   gantry_plugin_api0_gantry100_gcc12_libstdcxx12_boost108100_plain
//
// The release as major * 100000 + minor * 100: patches change nothing that a built plugin could notice. A
// compiler's family and major version, the standard library's, Boost's version, and the build mode as far as
// it changes what objects look like: `plain`, `asan`, `tsan`, or `stddebug` (_GLIBCXX_DEBUG). Debug and
// release are alike.
#pragma once

#include <boost/version.hpp>

// 0 while a release may change what plugins need; UPDATING.md says what changed.
#define GANTRY_PLUGIN_API 0

#define GANTRY_PLUGIN_RELEASE 100

#if defined(__clang__)
#define GANTRY_COMPILER clang
#define GANTRY_COMPILER_VERSION __clang_major__
#elif defined(__GNUC__)
#define GANTRY_COMPILER gcc
#define GANTRY_COMPILER_VERSION __GNUC__
#else
#error "Gantry plugins are built with GCC or Clang"
#endif

#ifndef _GLIBCXX_RELEASE
#error "Gantry plugins are built with libstdc++"
#endif

#if defined(__SANITIZE_ADDRESS__)
#define GANTRY_BUILD_MODE asan
#elif defined(__SANITIZE_THREAD__)
#define GANTRY_BUILD_MODE tsan
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GANTRY_BUILD_MODE asan
#elif __has_feature(thread_sanitizer)
#define GANTRY_BUILD_MODE tsan
#endif
#endif
#ifndef GANTRY_BUILD_MODE
#ifdef _GLIBCXX_DEBUG
#define GANTRY_BUILD_MODE stddebug
#else
#define GANTRY_BUILD_MODE plain
#endif
#endif

#define GANTRY_PLUGIN_JOIN2(api, release, compiler, version, library, boost, mode) \
  gantry_plugin_api##api##_gantry##release##_##compiler##version##_libstdcxx##library##_boost##boost##_##mode
#define GANTRY_PLUGIN_JOIN(api, release, compiler, version, library, boost, mode) \
  GANTRY_PLUGIN_JOIN2(api, release, compiler, version, library, boost, mode)
#define GANTRY_PLUGIN_SYMBOL                                                                             \
  GANTRY_PLUGIN_JOIN(GANTRY_PLUGIN_API, GANTRY_PLUGIN_RELEASE, GANTRY_COMPILER, GANTRY_COMPILER_VERSION, \
                     _GLIBCXX_RELEASE, BOOST_VERSION, GANTRY_BUILD_MODE)
#define GANTRY_PLUGIN_QUOTE2(text) #text
#define GANTRY_PLUGIN_QUOTE(text) GANTRY_PLUGIN_QUOTE2(text)

namespace gantry::api {

// The symbol's name as text, of whoever includes this.
inline constexpr char kPluginSymbol[] = GANTRY_PLUGIN_QUOTE(GANTRY_PLUGIN_SYMBOL);

}  // namespace gantry::api
