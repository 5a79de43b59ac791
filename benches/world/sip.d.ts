/** Messages of the corpus: the bundler gives their text. */
declare module "*.sip" {
  const text: string;
  export default text;
}
