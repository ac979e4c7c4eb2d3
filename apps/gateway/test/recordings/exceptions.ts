// Where a recording does not come through as it is, by name and with the reason. Rules that hold for all stand in the tests.

/** Requests that cannot be sent through a gateway as they were recorded. */
export const unnamedModels: Readonly<Record<string, string>> = {
  "openai/responses__none__image-in_pdf-in.json":
    "a stored prompt chooses the model, but a gateway has to be told whom to ask: the model it is asked for is sent along",
};

/** Errors that were recorded with status 200: the caller gets the status that the error itself speaks of. */
export const errorsInAnswers: Readonly<Record<string, number>> = {
  // A filter's refusal, with `"status": 400` inside.
  "azure/chat__openllmetry-testing__refusal-filter.json": 400,
};
