// Mocha's spec, which also says which tests had to be tried again: that a suite passed does not tell.
const { Runner, reporters } = require("mocha");

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const retried = [];
    runner.on(Runner.constants.EVENT_TEST_RETRY, (test, error) => {
      retried.push(`${test.fullTitle()}: ${error?.message ?? error}`);
    });
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      for (const text of retried) reporters.Base.consoleLog(`  tried again: ${text}`);
    });
  }
};
