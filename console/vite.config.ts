import { defineConfig } from "vite";
import react from "@vitejs/plugin-react";

// The console is one program under /console/, built into the folder that
// internal/console embeds. For development, LAMBDAGATE names a running server.
export default defineConfig({
  base: "/console/",
  plugins: [react()],
  build: {
    outDir: "../internal/console/dist",
    emptyOutDir: false, // build.sh clears it and keeps .keep
    target: "es2022",
    modulePreload: { polyfill: false }, // an inline script, which the policy refuses
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
  },
  server: {
    proxy: {
      "/console/api": process.env.LAMBDAGATE ?? "http://127.0.0.1:4566",
      "/console/check-template": process.env.LAMBDAGATE ?? "http://127.0.0.1:4566",
    },
  },
});
