import { type AddCommand, examples } from '../command.js';

export const addDemo: AddCommand = (program, context) => {
  program
    .command('demo')
    .description('Show everything at work on an invented organisation with an attack in it. Needs nothing else.')
    .option('--bucket <directory>', 'log files of your own in its place: a directory laid out as a CloudTrail bucket')
    .addHelpText(
      'after',
      examples(
        ['on port 4000; PORT=8080 before it takes another', 'demo'],
        ['on log files copied from a bucket', 'demo --bucket ./my-bucket'],
      ),
    )
    .action(async ({ bucket }: { bucket?: string }) => {
      // Loaded here, since no other command should wait for the generator.
      const { runDemo } = await import('../demo/run-demo.js');
      await runDemo(context, bucket ?? null);
    });
};
