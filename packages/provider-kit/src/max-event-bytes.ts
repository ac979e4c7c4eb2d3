/** The longest event that is still believed to be one: 16 MiB holds an image as base64. */
export const maxEventBytes = 16 * 1024 * 1024;
